#include "tests/tools/program.hpp"

#include "tests/temporary_directory.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sillok {
namespace {

std::string content_of(const std::filesystem::path& file) {
    std::ifstream input{file, std::ios::binary};
    std::ostringstream text;
    text << input.rdbuf();
    return text.str();
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (auto& one : strings) pointers.push_back(one.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

Ended run_program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
    return run_program(program, arguments, environment);
}

Ended run_redirected(const std::string& redirections, const std::vector<std::string>& arguments,
                     const std::filesystem::path& which) {
    std::vector<std::string> typed{"-c", "exec \"$0\" \"$@\" " + redirections, which.string()};
    typed.insert(typed.end(), arguments.begin(), arguments.end());
    return run_program("/bin/sh", typed, {});
}

Ended run_program(const std::filesystem::path& which, const std::vector<std::string>& arguments,
                  const std::vector<std::string>& environment) {
    const TemporaryDirectory directory;
    const auto out = directory.path() / "out";
    const auto err = directory.path() / "err";

    std::vector<std::string> argv{which.string()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variables = environment;
    for (char** one = environ; *one; ++one)
        if (!std::string_view{*one}.starts_with("SILLOK_")) variables.emplace_back(*one);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
    pid_t pid = -1;
    const int error =
        posix_spawn(&pid, which.c_str(), &actions, nullptr, pointers_to(argv).data(), pointers_to(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start " + which.string());
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(out), content_of(err)};
}

}  // namespace sillok
