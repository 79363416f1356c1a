#include "tools/events/event_condition.hpp"

#include "eventstore/base/parse_number.hpp"
#include "tools/nearest_word.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <utility>

namespace sillok {

namespace {

using Json = nlohmann::json;

const std::vector<std::string> members_of_an_event{
    "position",  "stream",        "version",     "id",    "type", "schemaVersion", "time",
    "commandId", "correlationId", "causationId", "actor", "tags", "data"};

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    for (auto found = text.find(at); found != std::string_view::npos; found = text.find(at)) {
        parts.emplace_back(text.substr(0, found));
        text.remove_prefix(found + 1);
    }
    parts.emplace_back(text);
    return parts;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto found = text.find(what); found != std::string::npos; found = text.find(what, found + with.size()))
        text.replace(found, what.size(), with);
    return text;
}

// The names of a path, or a sentence.
std::expected<std::vector<std::string>, std::string> parse_path(std::string_view text) {
    std::vector<std::string> names;
    if (text.starts_with('/')) {
        names = split(text.substr(1), '/');
        for (auto& name : names) name = replaced(replaced(std::move(name), "~1", "/"), "~0", "~");
    } else {
        names = split(text, '.');
    }
    if (std::ranges::find(names, "") != names.end())
        return std::unexpected("'" + std::string{text} + "' is no path: a name in it is empty");
    const auto& first = names.front();
    if (std::ranges::find(members_of_an_event, first) == members_of_an_event.end()) {
        const auto near = did_you_mean(first, members_of_an_event);
        return std::unexpected(
            "an event has no member '" + first + "'" +
            (near.empty() ? "; what happened is in data: did you mean 'data." + first + "'?" : near));
    }
    return names;
}

std::size_t index_in(const std::string& name) {
    return parse_number<std::size_t>(name).value_or(static_cast<std::size_t>(-1));
}

}  // namespace

std::expected<EventCondition, std::string> EventCondition::parse(std::string_view text) {
    const auto end_of_path = text.find_first_of("=!<>");
    if (end_of_path == std::string_view::npos)
        return std::unexpected("'" + std::string{text} +
                               "' is no condition: it has the form data.quantity>=5, with =, !=, <, <=, > or >=");
    auto path = parse_path(trimmed(text.substr(0, end_of_path)));
    if (!path) return std::unexpected(path.error());
    auto rest = text.substr(end_of_path);
    const auto operation = take_operator(rest);
    if (!operation) return std::unexpected(operation.error());
    rest = trimmed(rest);
    if (rest.empty()) return std::unexpected("'" + std::string{text} + "' has no value; an empty text is written \"\"");
    EventCondition condition;
    condition.path_ = *std::move(path);
    condition.operator_ = *operation;
    condition.value_ = Json::parse(rest, nullptr, false);
    if (rest.starts_with('"') && !condition.value_.is_string())
        return std::unexpected(std::string{rest} + " is no text in double quotes");
    if (condition.value_.is_discarded() || condition.value_.is_structured()) condition.value_ = std::string{rest};
    condition.text_ = condition.value_.is_string() ? condition.value_.get<std::string>() : std::string{rest};
    return condition;
}

std::expected<EventCondition::Operator, std::string> EventCondition::take_operator(std::string_view& rest) {
    const auto begin = rest;
    const auto take = [&rest](std::string_view symbol) {
        if (!rest.starts_with(symbol)) return false;
        rest.remove_prefix(symbol.size());
        return true;
    };
    auto found = Operator::equal;
    if (take("!="))
        found = Operator::unequal;
    else if (take("<="))
        found = Operator::at_most;
    else if (take(">="))
        found = Operator::at_least;
    else if (take("<"))
        found = Operator::less;
    else if (take(">"))
        found = Operator::greater;
    else if (!take("="))
        return std::unexpected("'" + std::string{begin.substr(0, 1)} + "' alone is no operator: write !=");
    if (rest.starts_with('=') || rest.starts_with('<') || rest.starts_with('>'))
        return std::unexpected("'" + std::string{begin.substr(0, begin.size() - rest.size() + 1)} +
                               "' is no operator: there are =, !=, <, <=, > and >=");
    return found;
}

bool EventCondition::holds_at(const Json& member, std::size_t depth) const {
    if (depth == path_.size() && !member.is_array()) return holds_of(member);
    if (member.is_object()) {
        const auto found = member.find(path_[depth]);
        return found != member.end() && holds_at(*found, depth + 1);
    }
    if (!member.is_array()) return false;
    if (depth < path_.size())
        if (const auto index = index_in(path_[depth]); index < member.size()) return holds_at(member[index], depth + 1);
    return std::ranges::any_of(member, [&](const Json& element) { return holds_at(element, depth); });
}

bool EventCondition::holds_of(const Json& member) const {
    std::partial_ordering order = std::partial_ordering::unordered;
    if (member.is_number() && value_.is_number()) {
        order = member < value_   ? std::partial_ordering::less
                : value_ < member ? std::partial_ordering::greater
                                  : std::partial_ordering::equivalent;
    } else if (member.is_string() && (value_.is_string() || member.get_ref<const std::string&>() == text_)) {
        order = member.get_ref<const std::string&>() <=> text_;
    } else if (member == value_) {
        order = std::partial_ordering::equivalent;
    }
    switch (operator_) {
        case Operator::equal: return order == 0;
        case Operator::unequal: return order != 0 && !member.is_structured();
        case Operator::less: return order < 0;
        case Operator::at_most: return order <= 0;
        case Operator::greater: return order > 0;
        case Operator::at_least: return order >= 0;
    }
    return false;
}

}  // namespace sillok
