#include "aggregates/event_skipping.hpp"

#include "aggregates/aggregate_snapshots.hpp"
#include "aggregates/codec/event_codec.hpp"
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

std::expected<Plan, SkipError> plan(const EventStore& store, const SkipRequest& request) {
    const auto categories = snapshot_categories();
    if (std::ranges::find(categories, category_of(request.stream)) == categories.end())
        return std::unexpected(SkipRefused::not_an_aggregate);
    if (request.position == Position{} || request.position > store.head())
        return std::unexpected(SkipRefused::not_in_stream);
    const auto events = store.read_log(Position{request.position.value - 1}, 1);
    if (events.empty() || events.front().stream != request.stream) return std::unexpected(SkipRefused::not_in_stream);
    const Recorded& target = events.front();
    if (auto decided = earlier_decision(store, target)) return *std::move(decided);
    auto unreadable = first_unreadable(store, request.stream);
    if (!unreadable || unreadable->position > request.position) return std::unexpected(SkipRefused::readable);
    if (unreadable->position < request.position) return std::unexpected(*std::move(unreadable));
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
