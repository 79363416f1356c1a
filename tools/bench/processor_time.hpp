// The processor time that a process has taken so far, user and system: in all, and by its threads.
#pragma once

#include <map>
#include <string>

#include <sys/types.h>

namespace sillok {

struct ProcessorTime {
    double seconds = 0;  // also of threads that have ended
    // By name, threads of one name together; only of threads that still run.
    std::map<std::string, double> by_thread;
};

// Of a process of this machine; all zero where there is none. The kernel counts in ticks of 10 ms.
ProcessorTime processor_time_of(pid_t process);

}  // namespace sillok
