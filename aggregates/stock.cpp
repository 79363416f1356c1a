#include "aggregates/stock.hpp"

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

// What an event changes.
struct Change {
    Quantity on_hand;
    Quantity reserved;
};
Change change_of(const event::Received& received) { return {received.quantity, {}}; }
Change change_of(const event::Adjusted& adjusted) { return {adjusted.delta, {}}; }
Change change_of(const event::Reserved& reserved) { return {{}, reserved.quantity}; }
Change change_of(const event::Released& released) { return {{}, Quantity{0} - released.quantity}; }
Change change_of(const event::Committed& committed) {
    return {Quantity{0} - committed.quantity, Quantity{0} - committed.quantity};
}
Change change_of(const event::Returned& returned) { return {returned.quantity, {}}; }

// Only a correction may be of less than one piece.
bool is_quantity_possible(const auto& event) { return Quantity{1} <= event.quantity; }
bool is_quantity_possible(const event::Adjusted&) { return true; }

bool fits(Quantity on_hand, Quantity reserved, const auto& event) {
    if (!is_quantity_possible(event)) return false;
    const auto change = change_of(event);
    if (!is_countable(on_hand, change.on_hand) || !is_countable(reserved, change.reserved)) return false;
    const auto reserved_then = reserved + change.reserved;
    return Quantity{0} <= reserved_then && reserved_then <= on_hand + change.on_hand;
}

bool is_held(const State& state, const OrderId& order, Quantity quantity) {
    const auto* held = state.reservations.find(order);
    return held != nullptr && *held == quantity;
}

// What the open reservations say about an event that leaves the quantities sound.
bool fits_reservations(const State&, const auto&) { return true; }
bool fits_reservations(const State& state, const event::Reserved& reserved) {
    return state.reservations.find(reserved.order) == nullptr;
}
bool fits_reservations(const State& state, const event::Released& released) {
    return is_held(state, released.order, released.quantity);
}
bool fits_reservations(const State& state, const event::Committed& committed) {
    return is_held(state, committed.order, committed.quantity);
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

bool Stock::follows(const State& state, const Event& event) {
    return std::visit(
        [&state](const auto& one) { return fits(state.on_hand, state.reserved, one) && fits_reservations(state, one); },
        event);
}

bool follows(Quantity on_hand, Quantity reserved, const Stock::Event& event) {
    return std::visit([&](const auto& one) { return fits(on_hand, reserved, one); }, event);
}

Stock::State Stock::evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { stock::evolve(state, one); }, event);
    return state;
}

}  // namespace sillok::stock
