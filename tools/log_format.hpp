// How the server's log lines look on standard error: for people, or one JSON object each for machines.
#pragma once

#include <spdlog/common.h>

namespace sillok {

enum class LogFormat { text, json };

// What is below `level` is not written: every request and every notification is told at debug.
void log_to_standard_error(LogFormat format, spdlog::level::level_enum level);

}  // namespace sillok
