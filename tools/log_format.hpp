// How the server's log lines look on standard error: for people, or one JSON object each for machines.
#pragma once

#include <string_view>

namespace sillok {

enum class LogFormat { text, json };

void log_to_standard_error(LogFormat format);

}  // namespace sillok
