// Writes a whole log as lines of text and reads it back: `sillok events export` and `import`.
//
// Order: one line for each event, in position order from position 1, and a last one that says where the log ends
//        (cloud_event.hpp).
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

struct Exported : Copied {
    Hash root{};
};
// Throws StorageError where the log cannot be read, std::system_error where the file cannot be written.
Exported export_log(const LogStorage& log, std::FILE* to, const std::function<void(Position)>& progress = {});

// Writes the lines into an empty log, which then has the log id of the exported one and an epoch of its own. The error
// names the first line that does not continue the log, and why, or says that the export is cut short. After an error
// the log is incomplete and must be discarded. REQUIRES: the log is empty.
struct Imported : Exported {
    bool has_end = false;  // the export says itself where it ends; older programs did not write that
};
std::expected<Imported, std::string> import_log(std::istream& from, LogStorage& log,
                                                const std::function<void(Position)>& progress = {});

}  // namespace sillok
