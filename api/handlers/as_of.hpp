// ?asOf= of a query: a position of the log, or a time. Pure.
//
// A number of four digits that may be a year is refused: "position:2026" is the position.
#pragma once

#include "api/http/problem.hpp"
#include "eventstore/event.hpp"

#include <expected>
#include <string_view>
#include <variant>

namespace sillok::api {

class AsOf {
   public:
    static std::expected<AsOf, Problem> parse(std::string_view text);

    // Whether the event had happened by then.
    [[nodiscard]] bool includes(const Recorded& event) const;
    // The position, if it is one; 0 for a time.
    [[nodiscard]] Position position() const {
        const auto* position = std::get_if<Position>(&when_);
        return position ? *position : Position{};
    }

   private:
    explicit AsOf(Position position) : when_(position) {}
    explicit AsOf(Timestamp time) : when_(time) {}

    std::variant<Position, Timestamp> when_;
};

}  // namespace sillok::api
