#include "tools/server_refusal.hpp"

#include "tools/commands/subcommand.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sillok {

namespace {

constexpr std::size_t quoted_bytes_max = 200;  // of an answer that is no problem document

std::string member(const nlohmann::json& problem, const char* name) {
    const auto found = problem.find(name);
    return found != problem.end() && found->is_string() ? found->get<std::string>() : "";
}

// What is wrong with each part of the request: "/to must be ..., /keep must be ..."; or nothing.
std::string errors_in(const nlohmann::json& problem) {
    std::string all;
    const auto errors = problem.find("errors");
    if (errors == problem.end() || !errors->is_array()) return all;
    for (const auto& error : *errors) {
        auto where = member(error, "pointer");
        if (where.empty()) where = member(error, "parameter");
        all += (all.empty() ? "" : ", ") + where + ' ' + member(error, "detail");
    }
    return all;
}

}  // namespace

void throw_refused(std::string_view what, const HttpResponse& answer) {
    const auto problem = nlohmann::json::parse(answer.body, nullptr, false);
    const auto status = std::to_string(answer.status);
    std::string reason, code;
    if (problem.is_object()) {
        reason = member(problem, "detail");
        if (reason.empty()) reason = errors_in(problem);
        if (reason.empty()) reason = member(problem, "title");
        code = member(problem, "code");
    }
    if (reason.empty()) reason = "it answered " + status + " with: " + answer.body.substr(0, quoted_bytes_max);
    if (!code.empty()) reason += " (" + status + ' ' + code + ')';
    const auto sentence = "the server refused " + std::string{what} + ": " + reason;
    if (answer.status == 503) throw NotReachable(sentence);
    throw Failure(sentence, code.empty() ? "refused" : code);
}

}  // namespace sillok
