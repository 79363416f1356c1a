#include "aggregates/stock.hpp"

#include "eventstore/base/assertion.hpp"

#include <utility>

namespace sillok::stock {
namespace {

using State = Stock::State;

bool is_countable(Quantity on_hand, Quantity more) {
    std::int64_t sum = 0;
    return !__builtin_add_overflow(on_hand.value, more.value, &sum);
}

bool is_adjustment(Quantity delta) {
    return delta.value != 0 && delta.value >= -quantity_max && delta.value <= quantity_max;
}

Decision<Stock> decide(const State& state, const command::Receive& receive) {
    if (!is_valid(receive.quantity)) return rejected(Rejection::quantity_invalid);
    if (!is_countable(state.on_hand, receive.quantity)) return rejected(Rejection::stock_overflow);
    return happened<Stock>(event::Received{receive.quantity});
}

Decision<Stock> decide(const State& state, const command::Adjust& adjust) {
    if (!is_adjustment(adjust.delta)) return rejected(Rejection::quantity_invalid);
    if (!is_countable(state.on_hand, adjust.delta)) return rejected(Rejection::stock_overflow);
    if (state.on_hand + adjust.delta < state.reserved)
        return rejected(Rejection::negative_on_hand, state.available().value);
    return happened<Stock>(event::Adjusted{adjust.delta, adjust.reason});
}

// An order may ask for more than one command's quantity_max: its lines are summed per product.
Decision<Stock> decide(const State& state, const command::Reserve& reserve) {
    if (reserve.quantity < Quantity{1}) return rejected(Rejection::quantity_invalid);
    if (const auto* held = state.reservations.find(reserve.order)) {
        if (*held != reserve.quantity) return rejected(Rejection::reservation_exists);
        return nothing_new<Stock>();
    }
    if (state.available() < reserve.quantity) return rejected(Rejection::insufficient_stock, state.available().value);
    return happened<Stock>(event::Reserved{reserve.order, reserve.quantity});
}

Decision<Stock> decide(const State& state, const command::Release& release) {
    const auto* held = state.reservations.find(release.order);
    if (held == nullptr) return rejected(Rejection::reservation_unknown);
    return happened<Stock>(event::Released{release.order, *held});
}

Decision<Stock> decide(const State& state, const command::Commit& commit) {
    const auto* held = state.reservations.find(commit.order);
    if (held == nullptr) return rejected(Rejection::reservation_unknown);
    return happened<Stock>(event::Committed{commit.order, *held});
}

Decision<Stock> decide(const State& state, const command::Return& goods) {
    if (goods.quantity < Quantity{1}) return rejected(Rejection::quantity_invalid);
    if (state.reservations.find(goods.order) != nullptr) return rejected(Rejection::not_committed);
    if (!is_countable(state.on_hand, goods.quantity)) return rejected(Rejection::stock_overflow);
    return happened<Stock>(event::Returned{goods.order, goods.quantity});
}

void evolve(State& state, const event::Received& received) { state.on_hand += received.quantity; }

void evolve(State& state, const event::Adjusted& adjusted) { state.on_hand += adjusted.delta; }

void evolve(State& state, const event::Reserved& reserved) {
    state.reserved += reserved.quantity;
    state.reservations.set(reserved.order, reserved.quantity);
}

void evolve(State& state, const event::Released& released) {
    state.reserved -= released.quantity;
    state.reservations.erase(released.order);
}

void evolve(State& state, const event::Committed& committed) {
    state.on_hand -= committed.quantity;
    state.reserved -= committed.quantity;
    state.reservations.erase(committed.order);
}

void evolve(State& state, const event::Returned& returned) { state.on_hand += returned.quantity; }

}  // namespace

Decision<Stock> Stock::decide(const State& state, const Command& command) {
    return std::visit([&state](const auto& one) { return stock::decide(state, one); }, command);
}

Stock::State Stock::evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { stock::evolve(state, one); }, event);
    SILLOK_ASSERT(Quantity{0} <= state.reserved && state.reserved <= state.on_hand);
    return state;
}

}  // namespace sillok::stock
