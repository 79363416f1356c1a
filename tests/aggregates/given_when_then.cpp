#include "tests/aggregates/given_when_then.hpp"

#include "aggregates/codec/event_json.hpp"

#include <sstream>

namespace sillok {
namespace {

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return std::string{text.substr(first, text.find_last_not_of(" \t") - first + 1)};
}

}  // namespace

std::vector<Cell> cells(std::string_view text) {
    std::vector<Cell> found;
    std::string phase;
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        const auto arrow = line.find("->");
        if (arrow == std::string::npos) {
            if (const auto heading = trimmed(line); heading.ends_with(':'))
                phase = heading.substr(0, heading.size() - 1);
            continue;
        }
        std::istringstream commands{line.substr(0, arrow)};
        for (std::string command; std::getline(commands, command, ',');)
            found.push_back({phase, trimmed(command), trimmed(std::string_view{line}.substr(arrow + 2))});
    }
    return found;
}

std::string described(const NewEvent& event) {
    Recorded recorded;
    recorded.type = event.type;
    recorded.schema_version = event.schema_version;
    recorded.payload = event.payload;
    const auto json = payload_json(recorded);
    return event.type + (json ? json->dump() : json.error().what);
}

}  // namespace sillok
