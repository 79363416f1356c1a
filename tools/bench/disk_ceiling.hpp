// What this machine's disk and RocksDB give when nothing of Sillok stands between: the ceilings that benchmarks are
// held against, measured in the same run.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>

namespace sillok {

// False on a file system in memory, where a sync is no promise.
bool keeps_what_is_synced(const std::filesystem::path& directory);

// 4 KiB written to the end of a file and fdatasync, again and again: how often in a second.
double syncs_per_second(const std::filesystem::path& directory, std::chrono::milliseconds duration);

// Events per second that one thread writes as synced batches of 256 into a plain RocksDB: the record under its
// position, the position under stream number and version, as the log's own keys are.
double synced_batch_events_per_second(const std::filesystem::path& directory, std::size_t record_bytes,
                                      std::size_t streams, std::chrono::milliseconds duration);

struct RawScan {
    std::size_t events = 0;
    double seconds = 0;
};
// One plain RocksDB iterator over all records of a log that nobody writes.
RawScan scan_records(const std::filesystem::path& log);

}  // namespace sillok
