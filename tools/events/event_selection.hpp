// Which events `sillok events` shows: those of some types and categories, with tags, since a time, and for which
// conditions hold (event_condition.hpp).
//
// Meaning: of several types, or categories, one is enough; every tag and every condition is required.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "tools/event_source.hpp"
#include "tools/events/event_condition.hpp"

#include <expected>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sillok {

// As they were given.
struct EventWishes {
    std::vector<std::string> types{};
    std::vector<std::string> categories{};
    std::vector<std::string> tags{};
    std::vector<std::string> conditions{};
    std::string since{};  // "10m", or a time as in RFC 3339; empty: no such wish
};

// Whether the event is of that time or later. An event without a time is not.
bool is_since(const nlohmann::json& event, Timestamp since);

class EventSelection {
   public:
    EventSelection() = default;  // everything
    // `now` is what a length of time is counted back from. The error is a sentence that names the option. A type or a
    // category that this program does not know may be a newer one's: only one that is nearly a known one is an error.
    static std::expected<EventSelection, std::string> parse(const EventWishes& wishes, Timestamp now);

    [[nodiscard]] bool takes(const nlohmann::json& event) const;
    // What a source may leave out already.
    [[nodiscard]] EventNarrowing narrowing() const;
    [[nodiscard]] std::optional<Timestamp> since() const { return since_; }
    [[nodiscard]] bool is_everything() const;

   private:
    EventWishes wishes_;
    std::vector<EventCondition> conditions_;
    std::optional<Timestamp> since_;
};

}  // namespace sillok
