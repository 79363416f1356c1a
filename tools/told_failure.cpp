#include "tools/told_failure.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace sillok {

bool asks_for_json(const std::vector<std::string>& arguments) {
    const auto is_json = [](const std::string& argument) { return argument == "--json" || argument == "--json=true"; };
    const auto end = std::ranges::find(arguments, "--");
    if (std::any_of(arguments.begin(), end, is_json)) return true;
    const char* variable = std::getenv("SILLOK_JSON");
    return variable != nullptr && (std::string_view{variable} == "true" || std::string_view{variable} == "1");
}

void tell_failure(std::string_view code, const std::string& sentence, bool as_json) {
    std::fprintf(stderr, "sillok: %s\n", sentence.c_str());
    if (!as_json) return;
    const nlohmann::ordered_json answer{{"error", {{"code", code}, {"message", sentence}}}};
    // A sentence may quote bytes of a file: bytes that are not UTF-8 are replaced.
    const auto line = answer.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    std::printf("%s\n", line.c_str());
}

}  // namespace sillok
