// Processor time that a process has used so far, user plus system: in total and by thread name.
#pragma once

#include <map>
#include <string>

#include <sys/types.h>

namespace sillok {

struct ProcessorTime {
    double seconds = 0;  // includes threads that have ended
    // Sum by thread name; running threads only.
    std::map<std::string, double> by_thread;
};

// Returns zeros when there is no such process. The kernel counts in ticks of 10 ms.
ProcessorTime processor_time_of(pid_t process);

}  // namespace sillok
