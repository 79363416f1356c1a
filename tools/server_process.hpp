// A `sillok serve`, or another server of the program, that runs as a process of its own: for benchmarks that must not
// share its memory, and for tests that kill it.
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
    // Starts `program serve --data data --listen 127.0.0.1:0` and whatever else, and waits until it listens. What
    // it says on standard error goes to `log`. Throws std::runtime_error when it ends or is silent for too long.
    ServerProcess(const std::filesystem::path& program, const std::filesystem::path& data,
                  const std::vector<std::string>& more_arguments, const std::filesystem::path& log);
    // The same with other arguments: of a subcommand that says where it listens.
    ServerProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                  const std::filesystem::path& log);
    ~ServerProcess();  // kills what still runs
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    // SIGKILL, and waits for its end.
    void kill();
    // SIGTERM, and waits; its exit status, or nothing when it did not end by itself within the time and was killed.
    std::optional<int> stop(std::chrono::seconds within);

   private:
    std::optional<int> wait_for_end(std::chrono::milliseconds within);

    pid_t pid_ = -1;  // -1 once it has ended
    std::string url_;
};

}  // namespace sillok
