// Opens a data directory that no server has open: its lock, and its log.
//
// Disk: with Access::read nothing in the log is written, not even RocksDB's own info log.
#pragma once

#include "api/data_directory.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <filesystem>
#include <memory>

namespace sillok {

// Both throw Failure with one sentence; then the directory is unchanged. A log that is missing, or is not the one that
// the files beside it have seen (api/witnesses.hpp), is refused.
DataDirectory lock_data(const std::filesystem::path& path, DataDirectory::Mode mode = DataDirectory::Mode::existing);
std::unique_ptr<RocksLog> open_log(const DataDirectory& directory, RocksLog::Mode mode);

struct OfflineLog {
    enum class Access { read, write };

    OfflineLog(const std::filesystem::path& data, Access access);

    DataDirectory directory;
    EventStore store;
};

}  // namespace sillok
