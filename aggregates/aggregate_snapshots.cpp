#include "aggregates/aggregate_snapshots.hpp"

#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/base/assertion.hpp"
#include "eventstore/stream_name.hpp"

namespace sillok {
namespace {

constexpr std::uint64_t stretch_events = 16'384;  // replayed between two looks at the stop token

// The operations on snapshots of one kind of aggregate.
struct Kind {
    std::string_view category;
    Fingerprint (*fingerprint)();
    std::optional<Snapshot> (*replayed)(const EventStore& store, const std::string& stream,
                                        const std::stop_token& stop);
    std::optional<UnreadableEvent> (*unreadable)(const EventStore& store, const std::string& stream);
    std::optional<std::string> (*flaw)(const EventStore& store, const StoredSnapshot& stored);
};

template <Decider D>
std::optional<Snapshot> replayed(const EventStore& store, const std::string& stream, const std::stop_token& stop) {
    StateAt<D> at;
    for (Version reached; !stop.stop_requested(); reached = at.version) {
        const auto readable = at.catch_up(store, stream, Version{reached.value + stretch_events});
        if (!readable || at.version.value < reached.value + stretch_events)
            return at.version == Version{} ? std::nullopt : std::optional{at.snapshot()};
    }
    return std::nullopt;
}

template <Decider D>
std::optional<UnreadableEvent> unreadable_of(const EventStore& store, const std::string& stream) {
    StateAt<D> at;
    if (const auto snapshot = store.load_snapshot(stream))
        if (auto restored = StateAt<D>::restore(*snapshot)) at = *std::move(restored);
    auto reached = at.catch_up(store, stream);
    if (reached) return std::nullopt;
    return std::move(reached).error();
}

template <Decider D>
std::optional<std::string> flaw(const EventStore& store, const StoredSnapshot& stored) {
    const auto restored = StateAt<D>::restore(stored.snapshot);
    if (!restored) return "it cannot be read by this program";
    StateAt<D> from_start;
    if (const auto readable = from_start.catch_up(store, stored.stream, restored->version); !readable)
        return "it stands after an event that cannot be read: " + text(readable.error());
    if (from_start.version != restored->version)
        return "it is of version " + std::to_string(restored->version.value) + ", but the stream ends at " +
               std::to_string(from_start.version.value);
    if (from_start.position != restored->position) return "it names another position than the log";
    if (!(from_start.state == restored->state)) return "its state is not the one that the events give";
    return std::nullopt;
}

template <Decider D>
constexpr Kind kind() {
    return {.category = D::category,
            .fingerprint = snapshot_fingerprint<D>,
            .replayed = replayed<D>,
            .unreadable = unreadable_of<D>,
            .flaw = flaw<D>};
}

constexpr Kind kinds[] = {kind<product::Product>(), kind<stock::Stock>(),       kind<order::Order>(),
                          kind<payment::Payment>(), kind<delivery::Delivery>(), kind<customer::Customer>()};

const Kind* kind_of(std::string_view stream) {
    for (const auto& one : kinds)
        if (one.category == category_of(stream)) return &one;
    return nullptr;
}

}  // namespace

std::vector<std::string_view> snapshot_categories() {
    std::vector<std::string_view> categories;
    for (const auto& one : kinds) categories.push_back(one.category);
    return categories;
}

bool is_usable(const StoredSnapshot& stored) {
    const auto* found = kind_of(stored.stream);
    return found && found->fingerprint() == stored.snapshot.fingerprint;
}

std::optional<Snapshot> replayed_snapshot(const EventStore& store, const std::string& stream,
                                          const std::stop_token& stop) {
    const auto* found = kind_of(stream);
    return found ? found->replayed(store, stream, stop) : std::nullopt;
}

std::optional<UnreadableEvent> first_unreadable(const EventStore& store, const std::string& stream) {
    const auto* found = kind_of(stream);
    return found ? found->unreadable(store, stream) : std::nullopt;
}

std::optional<std::string> flaw_of(const EventStore& store, const StoredSnapshot& stored) {
    SILLOK_ASSERT(is_usable(stored));
    return kind_of(stored.stream)->flaw(store, stored);
}

}  // namespace sillok
