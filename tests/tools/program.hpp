// Runs the real `sillok` program and keeps what it says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sillok {

inline const std::filesystem::path program{SILLOK_PROGRAM};

struct Ended {
    int status;  // the exit status, or -1 when a signal ended it
    std::string out;
    std::string err;
};

// `environment` adds to this process's own: "SILLOK_DATA=/tmp/x". Every SILLOK_ variable of its own is left out.
Ended run_program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
// The same through a shell that redirects first: ">/dev/full", "<&- >&-".
Ended run_redirected(const std::string& redirections, const std::vector<std::string>& arguments,
                     const std::filesystem::path& which = program);
// The same with another program.
Ended run_program(const std::filesystem::path& which, const std::vector<std::string>& arguments,
                  const std::vector<std::string>& environment);

}  // namespace sillok
