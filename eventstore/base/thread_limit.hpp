// Whether the system lets this process start more threads.
//
// RocksDB ends the process when it cannot start one while it opens tables, so this is asked before.
#pragma once

#include <expected>
#include <string>

namespace sillok {

// Starts `count` threads at once and ends them. The error is one sentence: how many could be started, and which limits
// there are.
std::expected<void, std::string> check_threads(unsigned count);

}  // namespace sillok
