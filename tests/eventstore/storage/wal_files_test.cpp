// How the write-ahead log's files lie on the disk: with room ahead while they grow, without it when they are closed.
#include "eventstore/storage/wal_files.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace sillok {
namespace {

namespace fs = std::filesystem;

// A write-ahead log's file in a directory of its own.
class Wal {
   public:
    Wal() { REQUIRE(files_.NewWritableFile(path(), {}, &file_, nullptr).ok()); }

    void append(const std::string& data) {
        REQUIRE(file_->Append(data, {}, nullptr).ok());
        REQUIRE(file_->Sync({}, nullptr).ok());
        data_ += data;
    }
    void close() { REQUIRE(file_->Close({}, nullptr).ok()); }

    [[nodiscard]] std::string path() const { return (directory_.path() / "000004.log").string(); }
    [[nodiscard]] std::uintmax_t bytes_on_disk() const { return fs::file_size(path()); }
    [[nodiscard]] std::string on_disk() const {
        std::ifstream file{path(), std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    [[nodiscard]] const std::string& data() const { return data_; }
    [[nodiscard]] std::uint64_t size_told() const { return file_->GetFileSize({}, nullptr); }

   private:
    TemporaryDirectory directory_;
    WalFileSystem files_{rocksdb::FileSystem::Default()};
    std::unique_ptr<rocksdb::FSWritableFile> file_;
    std::string data_;
};

std::string noise(std::size_t bytes, char from) {
    std::string data(bytes, '\0');
    for (auto& byte : data) byte = static_cast<char>(from++ | 1);
    return data;
}

}  // namespace

TEST_CASE("syncs within the room do not make the file longer, and its data are what was appended") {
    Wal wal;
    wal.append(noise(1'000, 'a'));
    const auto with_room = wal.bytes_on_disk();
    CHECK(with_room > 100'000);
    for (int i = 0; i < 100; ++i) wal.append(noise(1'000, static_cast<char>(i)));
    CHECK(wal.bytes_on_disk() == with_room);
    CHECK(wal.size_told() == wal.data().size());
    CHECK(wal.on_disk() == wal.data() + std::string(with_room - wal.data().size(), '\0'));
    for (int i = 0; i < 1'000; ++i) wal.append(noise(1'000, static_cast<char>(i)));
    CHECK(wal.bytes_on_disk() > wal.data().size());
    CHECK(wal.on_disk().starts_with(wal.data()));
    wal.close();
    CHECK(wal.on_disk() == wal.data());
}

TEST_CASE("what is large is appended as it is, into the room and beyond it") {
    Wal wal;
    wal.append(noise(1'000'000, 'a'));
    CHECK(wal.on_disk() == wal.data());
    wal.append(noise(10, 'b'));
    CHECK(wal.bytes_on_disk() > wal.data().size());
    wal.append(noise(200'000, 'c'));
    wal.append(noise(200'000, 'd'));
    CHECK(wal.on_disk() == wal.data());
    wal.append(noise(60'000, 'e'));
    CHECK(wal.on_disk().starts_with(wal.data()));
    wal.close();
    CHECK(wal.on_disk() == wal.data());
}

TEST_CASE("only the write-ahead log's files are treated so") {
    const TemporaryDirectory directory;
    WalFileSystem files{rocksdb::FileSystem::Default()};
    std::unique_ptr<rocksdb::FSWritableFile> table;
    const auto path = (directory.path() / "000005.sst").string();
    REQUIRE(files.NewWritableFile(path, {}, &table, nullptr).ok());
    REQUIRE(table->Append("some bytes", {}, nullptr).ok());
    REQUIRE(table->Sync({}, nullptr).ok());
    CHECK(fs::file_size(path) == 10);
}

TEST_CASE("a log whose files still have their room, as after a kill, opens with all that it held") {
    const TemporaryDirectory directory;
    const auto copy = directory.path() / "copy";
    {
        auto log = RocksLog::open(directory.path() / "log", RocksLog::Mode::create);
        REQUIRE(log);
        EventStore store{std::move(*log)};
        for (int i = 0; i < 10; ++i) {
            Commit commit{.metadata = {.time = Timestamp{1}}};
            commit.appends.push_back(
                {"a-" + std::to_string(i), NoStream{}, {{"test.happened", 1, noise(50'000, 'x')}}});
            REQUIRE(store.append_and_wait(commit));
        }
        fs::copy(directory.path() / "log", copy, fs::copy_options::recursive);
    }
    bool has_room = false;
    for (const auto& entry : fs::directory_iterator{copy}) {
        if (entry.path().extension() != ".log") continue;
        std::ifstream file{entry.path(), std::ios::binary | std::ios::ate};
        file.seekg(-1, std::ios::end);
        has_room = has_room || file.get() == '\0';
    }
    CHECK(has_room);
    auto log = RocksLog::open(copy, RocksLog::Mode::existing);
    REQUIRE_MESSAGE(log, log.error());
    const EventStore store{std::move(*log)};
    CHECK(store.head() == Position{10});
    CHECK(store.read_log(Position{}, 100).size() == 10);
}

}  // namespace sillok
