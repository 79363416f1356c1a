#include "aggregates/event_skipping.hpp"

#include "aggregates/aggregate_snapshots.hpp"
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/saga_events.hpp"
#include "eventstore/stream_name.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace sillok {
namespace {

constexpr int attempts_max = 8;

// What to append, or the decision that there is already.
using Plan = std::variant<EventSkipped, SkipRecorded>;

std::optional<SkipRecorded> earlier_decision(const EventStore& store, const Recorded& target) {
    const auto at = skip_of(store, target);
    if (!at) return std::nullopt;
    for (const auto& recorded : store.read_log(Position{at->value - 1}, 1))
        if (auto skip = skip_in(recorded)) return SkipRecorded{*std::move(skip), *at, true};
    return std::nullopt;
}

bool is_aggregate(const std::string& stream) {
    const auto categories = snapshot_categories();
    return std::ranges::find(categories, category_of(stream)) != categories.end();
}

bool is_journal(const std::string& stream) { return category_of(stream) == "saga"; }

// The first event of a saga's journal that cannot be read and is not skipped.
std::optional<UnreadableEvent> unreadable_in_journal(const EventStore& store, const std::string& stream) {
    constexpr std::size_t page_events = 512;
    for (Version after{};;) {
        const auto page = store.read_stream(stream, next(after), page_events);
        if (page.empty()) return std::nullopt;
        for (const auto& recorded : page) {
            after = recorded.version;
            if (is_skip(recorded)) continue;
            auto event = decode<saga::Event>(recorded);
            if (!event && !skip_of(store, recorded)) return unreadable(recorded, std::move(event).error());
        }
    }
}

std::expected<Plan, SkipError> plan(const EventStore& store, const SkipRequest& request) {
    if (!is_journal(request.stream) && !is_aggregate(request.stream))
        return std::unexpected(SkipRefused::not_an_aggregate);
    if (request.position == Position{} || request.position > store.head())
        return std::unexpected(SkipRefused::not_in_stream);
    const auto events = store.read_log(Position{request.position.value - 1}, 1);
    if (events.empty() || events.front().stream != request.stream) return std::unexpected(SkipRefused::not_in_stream);
    const Recorded& target = events.front();
    if (auto decided = earlier_decision(store, target)) return *std::move(decided);
    auto unreadable = is_journal(request.stream) ? unreadable_in_journal(store, request.stream)
                                                 : first_unreadable(store, request.stream);
    if (!unreadable || unreadable->position > request.position) return std::unexpected(SkipRefused::readable);
    if (unreadable->position < request.position) return std::unexpected(*std::move(unreadable));
    if (is_journal(request.stream) && target.version != store.version_of(request.stream))
        return std::unexpected(SkipRefused::built_upon);
    return EventSkipped{request.position, target.event_id, std::string{target.type}, request.reason};
}

Commit commit_of(const SkipRequest& request, const EventSkipped& event, Version version) {
    Commit commit{.metadata = request.metadata};
    commit.appends.push_back({request.stream, version, {encode(std::variant<EventSkipped>{event})}});
    if (request.receipt) commit.receipt = request.receipt(event);
    return commit;
}

}  // namespace

asio::awaitable<std::expected<SkipRecorded, SkipError>> skip_event(EventStore& store, SkipRequest request) {
    for (int attempt = 1;; ++attempt) {
        const auto version = store.version_of(request.stream);
        const auto planned = plan(store, request);
        if (!planned) co_return std::unexpected(planned.error());
        if (const auto* decided = std::get_if<SkipRecorded>(&*planned)) co_return *decided;
        const auto& event = std::get<EventSkipped>(*planned);
        auto appending = store.append(commit_of(request, event, version));
        const auto appended = co_await std::move(appending);
        if (appended) co_return SkipRecorded{event, appended->last, appended->repeated};
        if (appended.error().code != errc::version_conflict || attempt == attempts_max)
            co_return std::unexpected(appended.error());
    }
}

}  // namespace sillok
