// Runs the commands of one page in one shell, as a reader would type them one after another.
//
// Place:    a fresh directory; PATH begins with the built `sillok` and `sillok-check-proof`; no SILLOK_* variable.
// Servers:  a command that ends with '&' runs until the session ends; the next one begins when it says that it listens.
//           The documented ports 8080, 8081 and 8090 stand for free ports of 127.0.0.1; the output is translated back.
// Time:     bounded: a session that takes longer than two minutes is ended.
#pragma once

#include "tests/docs/page.hpp"

#include <string>
#include <vector>

namespace sillok::docs {

struct Outcome {
    int status = -1;                  // -1: the command has not ended
    std::vector<std::string> output;  // standard output and standard error as they came
};

// One outcome for each command.
std::vector<Outcome> run_session(const std::vector<Command>& commands);

// Whether the output is what a page says (page.hpp explains "...").
bool matches(const std::vector<std::string>& output, const std::vector<std::string>& expected);

}  // namespace sillok::docs
