// Writes a whole log as lines of text and reads it back: `sillok events export` and `import`.
//
// Order: one line for each event, in position order from position 1 (cloud_event.hpp).
#pragma once

#include "eventstore/storage/log_storage.hpp"
#include "eventstore/transfer/log_copier.hpp"

#include <cstdint>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

namespace sillok {

// Throws StorageError where the log cannot be read, std::system_error where the file cannot be written.
Copied export_log(const LogStorage& log, std::FILE* to, const std::function<void(Position)>& progress = {});

// Writes the lines into an empty log, which then has the log id of the exported one and an epoch of its own. The error
// names the first line that does not continue the log, and why. After an error the log is incomplete and must be
// discarded. REQUIRES: the log is empty.
std::expected<Copied, std::string> import_log(std::istream& from, LogStorage& log,
                                              const std::function<void(Position)>& progress = {});

}  // namespace sillok
