#include "aggregates/stock.hpp"

#include "eventstore/base/assertion.hpp"

#include <utility>

namespace sillok::stock {
namespace {

using State = Stock::State;
using Reservation = Stock::Reservation;

const Reservation* find(const State& state, const OrderId& order) {
    const auto found = state.reservations.find(order);
    return found == state.reservations.end() ? nullptr : &found->second;
}

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
    if (const auto* held = find(state, reserve.order)) {
        if (held->committed) return rejected(Rejection::already_committed);
        if (held->quantity != reserve.quantity) return rejected(Rejection::reservation_exists);
        return nothing_new<Stock>();
    }
    if (state.available() < reserve.quantity) return rejected(Rejection::insufficient_stock, state.available().value);
    return happened<Stock>(event::Reserved{reserve.order, reserve.quantity});
}

Decision<Stock> decide(const State& state, const command::Release& release) {
    const auto* held = find(state, release.order);
    if (held == nullptr) return rejected(Rejection::reservation_unknown);
    if (held->committed) return rejected(Rejection::already_committed);
    return happened<Stock>(event::Released{release.order, held->quantity});
}

Decision<Stock> decide(const State& state, const command::Commit& commit) {
    const auto* held = find(state, commit.order);
    if (held == nullptr) return rejected(Rejection::reservation_unknown);
    if (held->committed) return rejected(Rejection::already_committed);
    return happened<Stock>(event::Committed{commit.order, held->quantity});
}

Decision<Stock> decide(const State& state, const command::Return& goods) {
    const auto* left = find(state, goods.order);
    if (left == nullptr) return rejected(Rejection::reservation_unknown);
    if (!left->committed) return rejected(Rejection::not_committed);
    if (!is_countable(state.on_hand, left->quantity)) return rejected(Rejection::stock_overflow);
    return happened<Stock>(event::Returned{goods.order, left->quantity});
}

void evolve(State& state, const event::Received& received) { state.on_hand += received.quantity; }

void evolve(State& state, const event::Adjusted& adjusted) { state.on_hand += adjusted.delta; }

void evolve(State& state, const event::Reserved& reserved) {
    state.reserved += reserved.quantity;
    state.reservations[reserved.order] = {reserved.quantity};
}

void evolve(State& state, const event::Released& released) {
    state.reserved -= released.quantity;
    state.reservations.erase(released.order);
}

void evolve(State& state, const event::Committed& committed) {
    state.on_hand -= committed.quantity;
    state.reserved -= committed.quantity;
    state.reservations[committed.order] = {committed.quantity, true};
}

void evolve(State& state, const event::Returned& returned) {
    state.on_hand += returned.quantity;
    state.reservations.erase(returned.order);
}

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
