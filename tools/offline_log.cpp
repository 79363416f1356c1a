#include "tools/offline_log.hpp"

#include "tools/commands/subcommand.hpp"

#include <utility>

namespace sillok {

DataDirectory lock_data(const std::filesystem::path& path) {
    auto directory = DataDirectory::open(path, DataDirectory::Mode::existing);
    if (!directory) throw Failure(directory.error());
    return std::move(*directory);
}

std::unique_ptr<RocksLog> open_log(const DataDirectory& directory, RocksLog::Mode mode) {
    if (mode != RocksLog::Mode::read_only)
        if (const auto room = directory.check_room(); !room) throw Failure(room.error());
    auto log = RocksLog::open(directory.log(), mode);
    if (!log) throw Failure(log.error());
    return std::move(*log);
}

OfflineLog::OfflineLog(const std::filesystem::path& data, Access access)
    : directory(lock_data(data)),
      store(open_log(directory, access == Access::read ? RocksLog::Mode::read_only : RocksLog::Mode::existing)) {}

}  // namespace sillok
