#include "aggregates/state_at.hpp"

#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/event_codec.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/event_store.hpp"

#include <utility>

namespace sillok {
namespace {

constexpr std::size_t page_events_max = 512;

template <Decider D>
typename D::Event read(const Recorded& recorded) {
    auto event = decode<typename D::Event>(recorded);
    if (event) return *std::move(event);
    throw StorageError("position " + std::to_string(recorded.position.value) + ", stream " +
                       std::string{recorded.stream} + ": " + event.error().what);
}

}  // namespace

template <Decider D>
void StateAt<D>::catch_up(const EventStore& store, const std::string& stream, Version until) {
    while (version < until) {
        const EventBatch page = store.read_stream(stream, next(version), page_events_max);
        if (page.empty()) return;
        for (const Recorded& recorded : page) {
            if (recorded.version > until) return;
            state = D::evolve(std::move(state), read<D>(recorded));
            version = recorded.version;
            position = recorded.position;
        }
    }
}

template <Decider D>
Snapshot StateAt<D>::snapshot() const {
    return {snapshot_fingerprint<D>(), version, position, to_bytes(state)};
}

template <Decider D>
std::optional<StateAt<D>> StateAt<D>::restore(const Snapshot& snapshot) {
    if (snapshot.fingerprint != snapshot_fingerprint<D>()) return std::nullopt;
    StateAt at{{}, snapshot.version, snapshot.position};
    if (!from_bytes(snapshot.state, at.state)) return std::nullopt;
    return at;
}

template struct StateAt<product::Product>;
template struct StateAt<stock::Stock>;
template struct StateAt<order::Order>;
template struct StateAt<payment::Payment>;
template struct StateAt<delivery::Delivery>;
template struct StateAt<customer::Customer>;

}  // namespace sillok
