// The most memory that a process has had.
#pragma once

#include <spdlog/fmt/fmt.h>

#include <fstream>
#include <string>

#include <sys/types.h>

namespace sillok {

// VmHWM of a process, in MiB; 0 when there is none.
inline double peak_memory_mib(pid_t process) {
    std::ifstream status{fmt::format("/proc/{}/status", process)};
    std::string word;
    while (status >> word)
        if (double kib = 0; word == "VmHWM:" && status >> kib) return kib / 1024;
    return 0;
}

}  // namespace sillok
