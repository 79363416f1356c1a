#include "eventstore/transfer/shared_files.hpp"

#include "eventstore/base/file_sum.hpp"
#include "eventstore/transfer/backup_notes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

namespace sillok::backups {

namespace {

using Identity = std::tuple<std::uint64_t, std::uint32_t, std::uint64_t>;  // number, checksum, bytes

// Where a table file of the log is in the directory of backups.
std::map<Identity, std::string> tables_noted_in(const std::filesystem::path& directory) {
    std::map<Identity, std::string> tables;
    for (const auto number : noted_numbers(directory))
        if (const auto files = noted_files(directory, number))
            for (const auto& file : *files)
                if (const auto table = table_number(file.path); table && file.bytes)
                    tables.emplace(Identity{*table, file.crc32c, *file.bytes}, file.path);
    return tables;
}

void sync_file(const std::filesystem::path& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    const auto error = errno;
    if (file >= 0) ::close(file);
    if (!synced) throw std::system_error(error, std::generic_category(), path.string());
}

// Copies a table file of the log over a damaged one. Returns false if the log no longer has it.
bool replace(const TableFile& table, const std::filesystem::path& shared, Pace& pace) {
    const auto draft = shared.string() + ".tmp";  // the engine removes what is left of it
    std::ofstream copy{draft, std::ios::binary | std::ios::trunc};
    const auto sum = sum_of_file(table.path, [&](std::string_view piece) {
        copy.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        return copy.good() && pace.take(piece.size());
    });
    copy.close();
    const bool is_written = copy.good();
    const auto why = std::error_code{errno, std::generic_category()};
    std::error_code ignored;
    if (!is_written || !sum || !sum->whole || sum->crc32c != table.crc32c) {
        std::filesystem::remove(draft, ignored);
        if (!sum && sum.error() == std::errc::no_such_file_or_directory) return false;
        if (!is_written) throw std::system_error(why, draft);
        if (!sum) throw std::system_error(sum.error(), table.path.string());
        if (!sum->whole) throw std::runtime_error("it was stopped");
        throw std::runtime_error(table.path.string() + " of the log is damaged itself: checksum mismatch");
    }
    sync_file(draft, O_RDWR);
    std::filesystem::rename(draft, shared);
    sync_file(shared.parent_path(), O_RDONLY | O_DIRECTORY);
    return true;
}

}  // namespace

std::expected<SharedFiles, std::string> made_sure_of(const RocksLog& log, const std::filesystem::path& directory,
                                                     Pace& pace, const std::function<void(std::uint64_t)>& see) {
    SharedFiles found;
    const auto noted = tables_noted_in(directory);
    for (const auto& table : log.table_files()) {
        const auto known = table.crc32c ? noted.find({table.number, *table.crc32c, table.bytes}) : noted.end();
        if (known == noted.end()) {
            found.bytes_to_copy += table.bytes;
            continue;
        }
        const auto shared = directory / known->second;
        const auto sum = sum_of_file(shared, [&](std::string_view piece) {
            if (see) see(piece.size());
            return pace.take(piece.size());
        });
        if (sum && !sum->whole) return std::unexpected("it was stopped");
        found.bytes_shared += table.bytes;
        if (sum && sum->crc32c == *table.crc32c && sum->bytes == table.bytes) continue;
        try {
            if (replace(table, shared, pace)) ++found.replaced;
        } catch (const std::exception& error) {
            return std::unexpected(shared.string() + ", which an earlier backup has, too, is damaged and cannot be " +
                                   "replaced: " + error.what());
        }
    }
    return found;
}

}  // namespace sillok::backups
