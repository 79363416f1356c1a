// Built as a packager's release build would be: with NDEBUG, which takes the standard's assert away.
#ifndef NDEBUG
#define NDEBUG
#endif
#include "eventstore/base/assertion.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <csignal>
#include <string>

using namespace sillok;

namespace {

struct Ended {
    int status;
    std::string said;
};

// Runs `act` in a process of its own, and reads what it writes on standard error.
template <class Act>
Ended in_own_process(Act act) {
    std::array<int, 2> pipe_ends{};
    REQUIRE(::pipe(pipe_ends.data()) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::signal(SIGABRT, SIG_DFL);  // doctest's own handler would report a failed test
        ::dup2(pipe_ends[1], STDERR_FILENO);
        act();
        ::_exit(0);
    }
    ::close(pipe_ends[1]);
    Ended ended{};
    std::array<char, 512> bytes{};
    for (ssize_t count = 0; (count = ::read(pipe_ends[0], bytes.data(), bytes.size())) > 0;)
        ended.said.append(bytes.data(), static_cast<std::size_t>(count));
    ::close(pipe_ends[0]);
    REQUIRE(::waitpid(child, &ended.status, 0) == child);
    return ended;
}

}  // namespace

TEST_CASE("a broken invariant ends the process where NDEBUG is defined, too") {
    const auto ended = in_own_process([] {
        const int pieces = -1;
        assert(pieces >= 0);  // says nothing in this build
        SILLOK_ASSERT(pieces >= 0);
    });
    CHECK(WIFSIGNALED(ended.status));
    CHECK(WTERMSIG(ended.status) == SIGABRT);
    CHECK(ended.said.find("assertion_test.cpp:") != std::string::npos);
    CHECK(ended.said.find("assertion failed: pieces >= 0") != std::string::npos);
}

TEST_CASE("an invariant that holds costs nothing but its look") {
    int looks = 0;
    SILLOK_ASSERT(++looks == 1);
    CHECK(looks == 1);
}
