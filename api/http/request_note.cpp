#include "api/http/request_note.hpp"

#include "api/log_line.hpp"

namespace sillok::api {

namespace {

constexpr std::uint16_t internal_error = 500;
constexpr std::uint16_t not_implemented = 501;

nlohmann::ordered_json fields_of(const RequestNote& note, std::uint16_t status) {
    const auto spent = std::chrono::steady_clock::now() - note.begun;
    nlohmann::ordered_json fields{{"traceId", note.trace_id}, {"method", note.method}};
    if (note.route) fields["route"] = note.route->path;
    fields["path"] = note.path();
    fields["status"] = status;
    fields["micros"] = std::chrono::duration_cast<std::chrono::microseconds>(spent).count();
    return fields;
}

}  // namespace

void RequestNote::say(const Response& response) const {
    // Of /readyz a 503 is the answer, not a refusal.
    const bool is_own_doing =
        !response.problem.empty() && response.status >= internal_error && response.status != not_implemented;
    const auto level = is_own_doing ? spdlog::level::warn : spdlog::level::debug;
    if (!spdlog::should_log(level)) return;
    const auto sentence = response.problem.empty() ? std::string{"request"} : "refused: " + response.problem;
    log_line(level, sentence, fields_of(*this, response.status));
}

void RequestNote::say_failed(std::string_view what) const {
    log_line(spdlog::level::err, "a request failed: " + std::string{what}, fields_of(*this, internal_error));
}

}  // namespace sillok::api
