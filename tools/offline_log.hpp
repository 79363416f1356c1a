// A data directory without a server: its lock, and the log in it.
//
// Disk: with Access::read nothing in the log is written, not even notes of RocksDB's own.
#pragma once

#include "api/data_directory.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <filesystem>
#include <memory>

namespace sillok {

// Throws Failure with one sentence; the directory has not been touched then.
DataDirectory lock_data(const std::filesystem::path& path);
std::unique_ptr<RocksLog> open_log(const DataDirectory& directory, RocksLog::Mode mode);

struct OfflineLog {
    enum class Access { read, write };

    OfflineLog(const std::filesystem::path& data, Access access);

    DataDirectory directory;
    EventStore store;
};

}  // namespace sillok
