// A log line with fields: a sentence for people, and what programs search for.
//
// As text the fields follow the sentence as name=value. In JSON they are members of the line (tools/log_format.hpp).
// Where repetitions are counted, lines with the same sentence are the same line, also where their fields differ.
#pragma once

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sillok {

// In the payload that a log sink gets: the sentence, this, the fields as one JSON object.
constexpr char log_fields_begin = '\x1f';

// The names "time", "level" and "message" are the line's own.
inline void log_line(spdlog::level::level_enum level, std::string_view sentence, const nlohmann::ordered_json& fields) {
    if (!spdlog::should_log(level)) return;
    std::string payload{sentence};
    payload += log_fields_begin;
    payload += fields.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    spdlog::log(level, "{}", payload);
}

}  // namespace sillok
