// A condition on one event, read as JSON: "data.quantity>=5". Pure.
//
// Form:    PATH OPERATOR VALUE. The path is the names of members with dots between them (data.lines.0.quantity), or a
//          JSON pointer (/data/lines/0/quantity). The operators are =, !=, <, <=, > and >=. The value is all that
//          follows: a number, true, false or null, or else a text; in double quotes it is always a text.
// Meaning: a number is compared with a number, a text with a text, byte by byte. Between two kinds there is no order,
//          and only != holds; but a bare number is equal to a text that is written the same. Of a list one element is
//          enough. A member that is not there fulfils no condition.
#pragma once

#include <nlohmann/json.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

class EventCondition {
   public:
    // The error is a sentence.
    static std::expected<EventCondition, std::string> parse(std::string_view text);

    [[nodiscard]] bool holds(const nlohmann::json& event) const { return holds_at(event, 0); }

   private:
    enum class Operator { equal, unequal, less, at_most, greater, at_least };

    EventCondition() = default;
    static std::expected<Operator, std::string> take_operator(std::string_view& rest);
    [[nodiscard]] bool holds_at(const nlohmann::json& member, std::size_t depth) const;
    [[nodiscard]] bool holds_of(const nlohmann::json& member) const;

    std::vector<std::string> path_;
    Operator operator_ = Operator::equal;
    std::string text_;      // the value as it was written, or what is in its quotes
    nlohmann::json value_;  // the value
};

}  // namespace sillok
