// What `sillok doctor` looks at in a data directory and a directory of backups. Nothing is changed.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "tools/doctor/examination.hpp"

#include <filesystem>
#include <optional>

namespace sillok {

struct ExaminedDirectory {
    Examination findings;
    std::optional<Timestamp> last_event;  // of the log, if it could be opened
};

// A directory that a server has open is not opened: what its log would say is asked of the server.
ExaminedDirectory examine_data(const std::filesystem::path& data, Timestamp now);
Examination examine_backups(const std::filesystem::path& backups, Timestamp now);

}  // namespace sillok
