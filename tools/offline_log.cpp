#include "tools/offline_log.hpp"

#include "api/witnesses.hpp"
#include "tools/commands/subcommand.hpp"

#include <utility>
#include <vector>

namespace sillok {

DataDirectory lock_data(const std::filesystem::path& path, DataDirectory::Mode mode) {
    auto directory = DataDirectory::open(path, mode);
    if (!directory) throw Failure(directory.error());
    return std::move(*directory);
}

std::unique_ptr<RocksLog> open_log(const DataDirectory& directory, RocksLog::Mode mode) {
    const auto witnesses = witnesses_of(directory);
    if (const auto found = missing_log(directory, witnesses)) throw Failure(found->refusal());
    if (mode != RocksLog::Mode::read_only)
        if (const auto room = directory.check_room(); !room) throw Failure(room.error());
    const auto objection = [&](const RocksLog& log) {
        return contradiction(directory, witnesses, log).transform(&Contradiction::refusal);
    };
    auto log = RocksLog::open(directory.log(), mode, {.objection = objection});
    if (!log) throw Failure(log.error());
    return std::move(*log);
}

OfflineLog::OfflineLog(const std::filesystem::path& data, Access access)
    : directory(
          lock_data(data, access == Access::read ? DataDirectory::Mode::read_only : DataDirectory::Mode::existing)),
      store(open_log(directory, access == Access::read ? RocksLog::Mode::read_only : RocksLog::Mode::existing)) {}

}  // namespace sillok
