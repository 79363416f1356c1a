// Ceilings for benchmarks: what this machine's disk and a plain RocksDB reach without Sillok, measured in the same run.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>

namespace sillok {

// Returns false for a file system in memory, where a sync guarantees nothing.
bool keeps_what_is_synced(const std::filesystem::path& directory);

// Appends 4 KiB to a file and calls fdatasync, in a loop. Returns how often per second.
double syncs_per_second(const std::filesystem::path& directory, std::chrono::milliseconds duration);

// Returns the events per second that one thread writes to a plain RocksDB in synced batches of 256, with the log's own
// keys: the record by position, the position by stream number and version.
double synced_batch_events_per_second(const std::filesystem::path& directory, std::size_t record_bytes,
                                      std::size_t streams, std::chrono::milliseconds duration);

struct RawScan {
    std::size_t events = 0;
    double seconds = 0;
};
// Scans all records of a log with a plain RocksDB iterator. REQUIRES: nothing writes the log.
RawScan scan_records(const std::filesystem::path& log);

}  // namespace sillok
