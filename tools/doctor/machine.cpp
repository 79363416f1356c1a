#include "tools/doctor/machine.hpp"

#include "api/http/server.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/parse_number.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "tools/open_files.hpp"

#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace sillok {

namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t mebibyte = 1u << 20;
constexpr std::uint64_t tasks_least = 64;  // the threads of a server, with room
constexpr std::uint64_t memory_least = 256 * mebibyte;
constexpr std::uint64_t address_space_least = 4096 * mebibyte;
constexpr std::uint64_t file_least = 1024 * mebibyte;        // tables are far smaller, exports are not
constexpr Timestamp before_this_program{1'764'547'200'000};  // 2025-12-01
constexpr std::int64_t clock_behind_most_ms = 1'000;
constexpr auto clock_measured = std::chrono::milliseconds{100};

std::optional<std::uint64_t> limit_of(__rlimit_resource which) {
    rlimit limit{};
    if (getrlimit(which, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return std::nullopt;
    return limit.rlim_max;
}

// The number in a file of one line; nothing for "max" and for a file that is not there.
std::optional<std::uint64_t> number_in_file(const std::filesystem::path& file) {
    std::ifstream input{file};
    std::string word;
    input >> word;
    return parse_number<std::uint64_t>(word);
}

// The folder of this process's control group, version 2; as a container sees it, it is the root.
std::filesystem::path control_group() {
    std::ifstream input{"/proc/self/cgroup"};
    for (std::string line; std::getline(input, line);)
        if (line.starts_with("0::/")) return std::filesystem::path{"/sys/fs/cgroup"} / line.substr(4);
    return "/sys/fs/cgroup";
}

// What is left of a limit of the control group.
std::optional<std::uint64_t> left_in_group(const std::string& max, const std::string& current) {
    const auto group = control_group();
    const auto most = number_in_file(group / max);
    if (!most) return std::nullopt;
    const auto used = number_in_file(group / current).value_or(0);
    return *most - std::min(*most, used);
}

std::optional<std::uint64_t> kibibytes_of(const std::string& name) {
    std::ifstream input{"/proc/meminfo"};
    for (std::string line; std::getline(input, line);) {
        if (!line.starts_with(name + ':')) continue;
        const auto digits = line.find_first_of("0123456789");
        return parse_number<std::uint64_t>(
            std::string_view{line}.substr(digits, line.find_first_not_of("0123456789", digits) - digits));
    }
    return std::nullopt;
}

nanoseconds time_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::chrono::seconds{now.tv_sec} + nanoseconds{now.tv_nsec};
}

}  // namespace

MachineLimits limits_of_this_process() {
    MachineLimits limits{.open_files = limit_of(RLIMIT_NOFILE),
                         .tasks = left_in_group("pids.max", "pids.current"),
                         .file_bytes = limit_of(RLIMIT_FSIZE),
                         .address_space_bytes = limit_of(RLIMIT_AS)};
    if (const auto of_user = limit_of(RLIMIT_NPROC)) limits.tasks = std::min(limits.tasks.value_or(*of_user), *of_user);
    return limits;
}

std::optional<MachineMemory> memory_of_this_machine() {
    const auto available = kibibytes_of("MemAvailable"), total = kibibytes_of("MemTotal");
    if (!available || !total) return std::nullopt;
    MachineMemory memory{.available_bytes = *available * 1024, .total_bytes = *total * 1024};
    if (const auto left = left_in_group("memory.max", "memory.current"))
        memory.available_bytes = std::min(memory.available_bytes, *left);
    return memory;
}

MachineClock clock_of_this_machine() {
    const auto clock = time_of(CLOCK_REALTIME), boot = time_of(CLOCK_BOOTTIME);
    std::this_thread::sleep_for(clock_measured);
    MachineClock measured{.now = SystemClock{}.now(),
                          .last_event = {},
                          .by_clock = time_of(CLOCK_REALTIME) - clock,
                          .since_boot = time_of(CLOCK_BOOTTIME) - boot};
    timex state{};
    measured.is_synchronized = adjtimex(&state) != TIME_ERROR;
    return measured;
}

Finding examine_room(const DiskRoom& room, const std::string& of) {
    const auto what =
        readable_bytes(room.free_bytes) + " of " + readable_bytes(room.total_bytes) + " are free for " + of;
    if (room.is_short_of_bytes()) return act("disk", "only " + what, "make room, or move it to a larger disk");
    return good("disk", what);
}

Finding examine_files_room(const DiskRoom& room, const std::string& of) {
    if (room.total_files == 0) return good("inodes", "the file system of " + of + " has no limit on files");
    const auto what = std::to_string(room.free_files) + " more files can be made on the disk of " + of;
    if (room.is_short_of_files())
        return act("inodes", "only " + what, "remove small files there, or make a file system with more inodes");
    return good("inodes", what);
}

Examination examine_limits(const MachineLimits& limits) {
    Examination found;
    const auto look = [&](const char* name, const std::optional<std::uint64_t>& has, std::uint64_t least,
                          const std::string& what, const auto& text_of, const std::string& advice) {
        if (!has)
            found.push_back(good(name, "there is no limit on " + what));
        else if (*has < least)
            found.push_back(act(name, text_of(*has) + " is the limit on " + what, advice));
        else
            found.push_back(good(name, text_of(*has) + " is the limit on " + what));
    };
    const auto plain = [](std::uint64_t number) { return std::to_string(number); };
    const auto files = open_files_for(api::ListenerOptions{}.connections_max);
    look("files", limits.open_files, files, "open files", plain,
         "raise it to " + std::to_string(files) + " (ulimit -n, LimitNOFILE=), or fewer connections are accepted");
    look("tasks", limits.tasks, tasks_least, "processes and threads", plain,
         "raise it (ulimit -u, TasksMax=, pids.max of the container)");
    look("file-size", limits.file_bytes, file_least, "the size of a file", readable_bytes,
         "raise it (ulimit -f, LimitFSIZE=)");
    look("address-space", limits.address_space_bytes, address_space_least, "the address space", readable_bytes,
         "raise it (ulimit -v, LimitAS=); limit memory with MemoryMax= instead");
    return found;
}

Finding examine_memory(const std::optional<MachineMemory>& memory) {
    if (!memory) return note("memory", "how much memory is free is not known");
    const auto what = readable_bytes(memory->available_bytes) + " of memory are available";
    if (memory->available_bytes < memory_least)
        return act("memory", "only " + what, "stop something else, or give the machine or the container more memory");
    return good("memory", what);
}

Examination examine_clock(const MachineClock& clock) {
    Examination found;
    constexpr auto set_it = "set it, and let the machine keep it in step (chrony, systemd-timesyncd)";
    const auto now = rfc3339(clock.now);
    if (clock.now < before_this_program)
        found.push_back(act("clock", "the clock says " + now + ", which is before this program was written", set_it));
    else if (clock.last_event && clock.last_event->value > clock.now.value + clock_behind_most_ms)
        found.push_back(act("clock",
                            "the clock says " + now + ", but the log's last event is of " + rfc3339(*clock.last_event),
                            std::string{set_it} + "; until then events have the time of the last one"));
    else
        found.push_back(good("clock", "the clock says " + now));
    const auto apart = std::chrono::abs(clock.by_clock - clock.since_boot);
    if (apart > clock.since_boot / 20)
        found.push_back(act("clock-pace", "the clock was set, or does not keep pace with the time since boot",
                            "find out who sets it: events keep their order, but waits are counted by a slower clock"));
    if (!clock.is_synchronized)
        found.push_back(note("clock-sync", "the system does not say that something keeps the clock in step",
                             "run chrony or systemd-timesyncd, unless the host of this machine does"));
    return found;
}

}  // namespace sillok
