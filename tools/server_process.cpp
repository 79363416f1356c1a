#include "tools/server_process.hpp"

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sillok {
namespace {

constexpr std::chrono::seconds start_max{60};  // sanitizers are slow
constexpr std::string_view announcement = "listening on ";

// Reads the pipe until the server prints its address. Returns nothing when the pipe ends or the time is over.
std::optional<std::string> read_announcement(int pipe) {
    const auto give_up = std::chrono::steady_clock::now() + start_max;
    std::string text;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(give_up - std::chrono::steady_clock::now());
        pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
        if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
        char bytes[256];
        const auto count = read(pipe, bytes, sizeof bytes);
        if (count <= 0) return std::nullopt;
        text.append(bytes, static_cast<std::size_t>(count));
        const auto begin = text.find(announcement);
        if (begin == std::string::npos) continue;
        if (const auto end = text.find('\n', begin); end != std::string::npos)
            return text.substr(begin + announcement.size(), end - begin - announcement.size());
    }
}

std::vector<std::string> serving(const std::filesystem::path& data, const std::vector<std::string>& more_arguments) {
    std::vector<std::string> arguments{"serve", "--data", data.string(), "--listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
    return arguments;
}

}  // namespace

ServerProcess::ServerProcess(const std::filesystem::path& program, const std::filesystem::path& data,
                             const std::vector<std::string>& more_arguments, const std::filesystem::path& log)
    : ServerProcess(program, serving(data, more_arguments), log) {}

ServerProcess::ServerProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                             const std::filesystem::path& log) {
    std::vector<std::string> all{program.string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(all.size() + 1);
    for (auto& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);

    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int error = posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    auto url = error == 0 ? read_announcement(ends[0]) : std::nullopt;
    close(ends[0]);
    if (error != 0) {
        pid_ = -1;
        throw std::system_error(error, std::generic_category(), "cannot start " + program.string());
    }
    if (!url) {
        kill();
        throw std::runtime_error("the server did not start; what it said stands in " + log.string());
    }
    url_ = std::move(*url);
}

ServerProcess::~ServerProcess() { kill(); }

void ServerProcess::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

std::optional<int> ServerProcess::stop(std::chrono::seconds within) {
    if (pid_ < 0) return std::nullopt;
    ::kill(pid_, SIGTERM);
    const auto status = wait_for_end(within);
    kill();
    return status;
}

std::optional<int> ServerProcess::wait_for_end(std::chrono::milliseconds within) {
    const auto give_up = std::chrono::steady_clock::now() + within;
    for (;;) {
        int status = 0;
        const auto ended = waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) {
            pid_ = -1;
            if (WIFEXITED(status)) return WEXITSTATUS(status);
            return std::nullopt;
        }
        if (std::chrono::steady_clock::now() > give_up) return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

}  // namespace sillok
