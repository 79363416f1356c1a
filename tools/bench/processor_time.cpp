#include "tools/bench/processor_time.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

#include <unistd.h>

namespace sillok {
namespace {

namespace fs = std::filesystem;

struct Stat {
    std::string name;
    double seconds = 0;
};

// "pid (name) state ...". The name may hold any character, so parsing starts after the last parenthesis. User and system
// time are fields 14 and 15 (proc(5)).
Stat read_stat(const fs::path& path) {
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return {};  // it has ended
    std::istringstream fields{text.substr(close + 1)};
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return {text.substr(open + 1, close - open - 1), (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK))};
}

}  // namespace

ProcessorTime processor_time_of(pid_t process) {
    const auto directory = fs::path{"/proc"} / std::to_string(process);
    ProcessorTime time;
    time.seconds = read_stat(directory / "stat").seconds;
    std::error_code gone;
    for (const auto& thread : fs::directory_iterator{directory / "task", gone}) {
        const auto stat = read_stat(thread.path() / "stat");
        time.by_thread[stat.name] += stat.seconds;
    }
    return time;
}

}  // namespace sillok
