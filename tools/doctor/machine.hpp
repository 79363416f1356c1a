// What a machine gives to a server: disk, memory, limits, a clock. Each check is pure and takes what was measured, so a
// test can play any machine.
#pragma once

#include "api/disk_room.hpp"
#include "eventstore/base/timestamp.hpp"
#include "tools/doctor/examination.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sillok {

struct MachineLimits {  // nothing: no limit
    std::optional<std::uint64_t> open_files{};
    std::optional<std::uint64_t> tasks{};       // processes and threads that may still be made
    std::optional<std::uint64_t> file_bytes{};  // of one file
    std::optional<std::uint64_t> address_space_bytes{};
};

struct MachineMemory {
    std::uint64_t available_bytes = 0;  // without swapping, and within the limit of the container
    std::uint64_t total_bytes = 0;
};

struct MachineClock {
    Timestamp now{};
    std::optional<Timestamp> last_event{};  // of the log
    std::chrono::nanoseconds by_clock{};    // how long the measurement took by the clock,
    std::chrono::nanoseconds since_boot{};  // and by the time since boot, which nobody can set
    bool is_synchronized = true;            // as the system says
};

MachineLimits limits_of_this_process();
std::optional<MachineMemory> memory_of_this_machine();
MachineClock clock_of_this_machine();  // takes a tenth of a second; without last_event

Finding examine_room(const DiskRoom& room, const std::string& of);
Finding examine_files_room(const DiskRoom& room, const std::string& of);
Examination examine_limits(const MachineLimits& limits);
Finding examine_memory(const std::optional<MachineMemory>& memory);
Examination examine_clock(const MachineClock& clock);

}  // namespace sillok
