// Runs `sillok serve`, or another server command, as a child process: for benchmarks with separate memory, and for tests
// that kill it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace sillok {

class ServerProcess {
   public:
    // Starts `program serve --data data --listen 127.0.0.1:0 more_arguments...` and waits until it listens. Its standard
    // error goes to `log`. Throws std::runtime_error when it exits or does not listen in time.
    ServerProcess(const std::filesystem::path& program, const std::filesystem::path& data,
                  const std::vector<std::string>& more_arguments, const std::filesystem::path& log);
    // The same for another subcommand that prints its listen address.
    ServerProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                  const std::filesystem::path& log);
    ~ServerProcess();  // kills the process if it still runs
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    // Sends SIGKILL and waits for the exit.
    void kill();
    // Sends SIGTERM and waits. Returns the exit status, or nothing when the time was over and the process was killed.
    std::optional<int> stop(std::chrono::seconds within);

   private:
    std::optional<int> wait_for_end(std::chrono::milliseconds within);

    pid_t pid_ = -1;  // -1 once it has ended
    std::string url_;
};

}  // namespace sillok
