// The format of log lines on standard error: text, or one JSON object per line.
#pragma once

#include <spdlog/common.h>

namespace sillok {

enum class LogFormat { text, json };

// Lines below `level` are not written. Requests and notifications are logged at debug.
void log_to_standard_error(LogFormat format, spdlog::level::level_enum level);

}  // namespace sillok
