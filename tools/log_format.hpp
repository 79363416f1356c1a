// The format of log lines on standard error: text, or one JSON object per line.
#pragma once

#include <spdlog/common.h>

namespace sillok {

enum class LogFormat { text, json };

// Lines below `level` are not written. Requests and notifications are logged at debug.
// A repeated warning or error is held back (repeated_lines.hpp) until spdlog::default_logger()->flush() is called.
void log_to_standard_error(LogFormat format, spdlog::level::level_enum level);

// Starts a thread that has the counts written every ten seconds. Call it after signals are blocked.
void count_repeated_lines();

}  // namespace sillok
