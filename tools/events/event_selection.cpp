#include "tools/events/event_selection.hpp"

#include "aggregates/codec/event_json.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/stream_name.hpp"
#include "tools/duration.hpp"
#include "tools/nearest_word.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace sillok {

namespace {

const std::vector<std::string> known_categories{"customer", "delivery", "log",  "order",
                                                "payment",  "product",  "saga", "stock"};

std::vector<std::string> known_types() {
    const auto types = known_event_types();
    return {types.begin(), types.end()};
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

std::optional<std::string> misspelt(const char* option, const char* kind, const std::vector<std::string>& words,
                                    const std::vector<std::string>& known) {
    for (const auto& word : words)
        if (const auto near = contains(known, word) ? "" : did_you_mean(word, known); !near.empty()) {
            std::string sentence{option};
            sentence.append(": there is no ").append(kind).append(" '").append(word).append("'").append(near);
            return sentence;
        }
    return std::nullopt;
}

std::expected<Timestamp, std::string> parse_since(const std::string& text, Timestamp now) {
    if (const auto time = parse_rfc3339(text)) return *time;
    if (const auto length = parse_duration(text))
        return Timestamp{now.value - std::chrono::duration_cast<std::chrono::milliseconds>(*length).count()};
    return std::unexpected("--since: '" + text +
                           "' is neither a length of time, such as 90s, 10m, 24h or 7d, nor a time with date, time and "
                           "offset, such as 2026-11-26T15:00:00Z");
}

}  // namespace

bool is_since(const nlohmann::json& event, Timestamp since) {
    const auto& time = event.at("time");
    const auto of_event = time.is_string() ? parse_rfc3339(time.get_ref<const std::string&>()) : std::nullopt;
    return of_event && *of_event >= since;
}

std::expected<EventSelection, std::string> EventSelection::parse(const EventWishes& wishes, Timestamp now) {
    if (const auto wrong = misspelt("--type", "event type", wishes.types, known_types()))
        return std::unexpected(*wrong);
    if (const auto wrong = misspelt("--category", "category", wishes.categories, known_categories))
        return std::unexpected(*wrong);
    EventSelection selection;
    selection.wishes_ = wishes;
    for (const auto& text : wishes.conditions) {
        auto condition = EventCondition::parse(text);
        if (!condition) return std::unexpected("--where: " + condition.error());
        selection.conditions_.push_back(*std::move(condition));
    }
    if (wishes.since.empty()) return selection;
    const auto since = parse_since(wishes.since, now);
    if (!since) return std::unexpected(since.error());
    selection.since_ = *since;
    return selection;
}

bool EventSelection::takes(const nlohmann::json& event) const {
    const auto& stream = event.at("stream").get_ref<const std::string&>();
    if (!wishes_.types.empty() && !contains(wishes_.types, event.at("type").get_ref<const std::string&>()))
        return false;
    if (!wishes_.categories.empty() && !contains(wishes_.categories, category_of(stream))) return false;
    if (since_ && !is_since(event, *since_)) return false;
    const auto& tags = event.at("tags");
    const auto has = [&](const std::string& tag) { return std::find(tags.begin(), tags.end(), tag) != tags.end(); };
    return std::ranges::all_of(wishes_.tags, has) &&
           std::ranges::all_of(conditions_, [&](const auto& condition) { return condition.holds(event); });
}

EventNarrowing EventSelection::narrowing() const {
    return {.category = wishes_.categories.size() == 1 ? wishes_.categories.front() : "",
            .type = wishes_.types.size() == 1 ? wishes_.types.front() : ""};
}

bool EventSelection::is_everything() const {
    return wishes_.types.empty() && wishes_.categories.empty() && wishes_.tags.empty() && conditions_.empty() &&
           !since_;
}

}  // namespace sillok
