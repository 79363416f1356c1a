#include "tools/bench/disk_ceiling.hpp"

#include "eventstore/storage/keys.hpp"
#include "tools/bench/seconds_since.hpp"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace sillok {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t batch_events = 256;

void require_ok(const rocksdb::Status& status) {
    if (!status.ok()) throw std::runtime_error("the ceiling's RocksDB failed: " + status.ToString());
}

rocksdb::Slice slice_of(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// A database and its column families; the families are closed first.
struct Database {
    std::unique_ptr<rocksdb::DB> db;
    std::vector<std::unique_ptr<rocksdb::ColumnFamilyHandle>> families;

    static Database open(const std::filesystem::path& directory, const std::vector<std::string_view>& names,
                         bool read_only) {
        rocksdb::DBOptions options;
        options.create_if_missing = !read_only;
        options.create_missing_column_families = !read_only;
        options.max_background_jobs = 2;
        std::vector<rocksdb::ColumnFamilyDescriptor> descriptors{{rocksdb::kDefaultColumnFamilyName, {}}};
        for (const auto name : names) descriptors.emplace_back(std::string{name}, rocksdb::ColumnFamilyOptions{});
        std::vector<rocksdb::ColumnFamilyHandle*> handles;
        rocksdb::DB* db = nullptr;
        require_ok(read_only ? rocksdb::DB::OpenForReadOnly(options, directory.string(), descriptors, &handles, &db)
                             : rocksdb::DB::Open(options, directory.string(), descriptors, &handles, &db));
        Database database{.db = std::unique_ptr<rocksdb::DB>{db}, .families = {}};
        for (auto* handle : handles) database.families.emplace_back(handle);
        return database;
    }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* family(std::size_t index) const { return families[index + 1].get(); }
};

}  // namespace

bool keeps_what_is_synced(const std::filesystem::path& directory) {
    struct statfs about{};
    if (statfs(directory.c_str(), &about) != 0) return false;
    return about.f_type != TMPFS_MAGIC && about.f_type != RAMFS_MAGIC;
}

double syncs_per_second(const std::filesystem::path& directory, std::chrono::milliseconds duration) {
    const auto path = directory / "syncs";
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) throw std::system_error(errno, std::generic_category(), "cannot make " + path.string());
    const std::vector<char> block(4096, 'x');
    std::size_t syncs = 0;
    bool failed = false;
    const auto begin = Steady::now();
    while (!failed && Steady::now() - begin < duration) {
        failed = write(file, block.data(), block.size()) != static_cast<ssize_t>(block.size()) || fdatasync(file) != 0;
        ++syncs;
    }
    const auto rate = static_cast<double>(syncs) / seconds_since(begin);
    close(file);
    std::filesystem::remove(path);
    if (failed) throw std::runtime_error("cannot write and sync " + path.string());
    return rate;
}

double synced_batch_events_per_second(const std::filesystem::path& directory, std::size_t record_bytes,
                                      std::size_t streams, std::chrono::milliseconds duration) {
    const auto path = directory / "ceiling";
    std::size_t events = 0;
    double seconds = 0;
    {
        const auto database = Database::open(path, {keys::events, keys::stream_versions}, false);
        std::string record(record_bytes, '\0');
        std::uint64_t noise = 1;
        for (auto& byte : record) byte = static_cast<char>((noise = noise * 6364136223846793005ULL + 1) >> 56);
        rocksdb::WriteOptions synced;
        synced.sync = true;
        const auto begin = Steady::now();
        while (Steady::now() - begin < duration) {
            rocksdb::WriteBatch batch;
            for (std::size_t i = 0; i < batch_events; ++i) {
                const Position position{++events};
                put_big_endian(record.data(), position.value);  // no two records are alike
                const auto key = keys::event(position);
                const auto place = keys::stream_version(StreamNumber{events % streams}, Version{events / streams});
                batch.Put(database.family(0), slice_of(key.view()), record);
                batch.Put(database.family(1), slice_of(place.view()), slice_of(key.view()));
            }
            require_ok(database.db->Write(synced, &batch));
        }
        seconds = seconds_since(begin);
    }
    std::filesystem::remove_all(path);
    return static_cast<double>(events) / seconds;
}

RawScan scan_records(const std::filesystem::path& log) {
    const auto database = Database::open(log, {keys::events}, true);
    RawScan scan;
    std::size_t bytes = 0;
    const auto begin = Steady::now();
    const std::unique_ptr<rocksdb::Iterator> records{database.db->NewIterator({}, database.family(0))};
    for (records->SeekToFirst(); records->Valid(); records->Next()) {
        bytes += records->value().size();
        ++scan.events;
    }
    require_ok(records->status());
    scan.seconds = seconds_since(begin);
    if (bytes == 0 && scan.events > 0) throw std::runtime_error("the log's records are empty");
    return scan;
}

}  // namespace sillok
