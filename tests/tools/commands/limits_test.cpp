// Limits on memory and threads: every command ends with a sentence, never with an abort.
#include "tests/stride.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sillok {
namespace {

// `limit`: as ulimit takes it. A server that starts is ended after a second, with status 124.
Ended run_limited(const std::string& limit, const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"-c", "ulimit " + limit + "; exec timeout 1 \"$0\" \"$@\"", program.string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program("/bin/sh", all, {});
}

}  // namespace

// A sanitizer needs more address space than any of these.
TEST_CASE("with little memory every command ends with a sentence" * doctest::skip(stride != 1)) {
    LogDirectory log;
    log.grow(500);
    const auto data = log.data.string();
    const std::vector<std::vector<std::string>> commands{
        {"serve", "--data", data, "--listen", "127.0.0.1:0"},
        {"verify", "--data", data},
        {"replay", "--data", data, "--all"},
        {"events", "export", "--data", data},
        {"backup", "--data", data, "--to", (log.directory.path() / "backups").string()}};
    for (const auto& command : commands) {
        bool was_refused = false;
        for (const unsigned kib : {100'000u, 130'000u, 160'000u, 190'000u, 220'000u, 250'000u, 280'000u, 320'000u,
                                   400'000u, 500'000u, 700'000u}) {
            CAPTURE(command.front());
            CAPTURE(kib);
            const auto ended = run_limited("-v " + std::to_string(kib), command);
            CAPTURE(ended.err);
            if (ended.status == 0 || ended.status == 124) continue;
            was_refused = true;
            CHECK(ended.status == 1);
            CHECK(ended.err.find("sillok: ") != std::string::npos);
            CHECK(ended.err.find("raise the limit") != std::string::npos);
        }
        CHECK_MESSAGE(was_refused, command.front());
    }
    CHECK(run_program({"verify", "--data", data}).status == 0);
}

}  // namespace sillok
