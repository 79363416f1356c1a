#include "aggregates/order.hpp"

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>

namespace sillok::order {
namespace {

using State = Order::State;
using Phase = Order::Phase;

// Why an order cannot do what is asked of another phase: because of where it stands.
Rejection::Reason standing(const State& state) {
    switch (state.phase) {
        case Phase::absent: return Rejection::order_unknown;
        case Phase::placed: return Rejection::not_confirmed;
        case Phase::confirmed: return Rejection::already_confirmed;
        case Phase::completed: return Rejection::already_completed;
        case Phase::rejected: return Rejection::already_rejected;
        case Phase::cancelling:
        case Phase::cancelled: return Rejection::already_cancelled;
        case Phase::returned: return Rejection::already_returned;
    }
    std::unreachable();
}

std::optional<Rejection::Reason> unfit(const Line& line, const Currency& currency) {
    if (!is_valid(line.quantity)) return Rejection::quantity_invalid;
    if (line.unit_price.amount < 0) return Rejection::price_negative;
    if (line.unit_price.currency != currency) return Rejection::currency_mismatch;
    return std::nullopt;
}

// REQUIRES: at least one line.
std::expected<Money, Rejection> total(const std::vector<Line>& lines) {
    Money sum{0, lines.front().unit_price.currency};
    for (const auto& line : lines) {
        if (const auto why = unfit(line, sum.currency)) return rejected(*why);
        std::int64_t amount = 0;
        if (__builtin_mul_overflow(line.quantity.value, line.unit_price.amount, &amount) ||
            __builtin_add_overflow(sum.amount, amount, &sum.amount) || sum.amount > total_max)
            return rejected(Rejection::amount_overflow);
    }
    return sum;
}

Decision<Order> decide(const State& state, const command::Place& place) {
    if (state.phase != Phase::absent) return rejected(Rejection::order_exists);
    if (place.lines.empty()) return rejected(Rejection::order_empty);
    const auto sum = total(place.lines);
    if (!sum) return std::unexpected(sum.error());
    return happened<Order>(
        event::Placed{place.customer, place.customer_name, place.customer_address, place.lines, *sum});
}

Decision<Order> decide(const State& state, const command::Confirm&) {
    if (state.phase != Phase::placed) return rejected(standing(state));
    return happened<Order>(event::Confirmed{state.customer});
}

Decision<Order> decide(const State& state, const command::Reject& reject) {
    if (state.phase != Phase::placed) return rejected(standing(state));
    return happened<Order>(event::Rejected{state.customer, reject.reason, reject.detail});
}

Decision<Order> decide(const State& state, const command::RequestCancellation& request) {
    switch (state.phase) {
        case Phase::placed:
        case Phase::confirmed:
            if (request.goods_arrived) return rejected(Rejection::not_cancellable);
            return happened<Order>(event::CancellationRequested{state.customer, request.reason});
        case Phase::completed:
        case Phase::returned:
        case Phase::rejected: return rejected(Rejection::not_cancellable);
        default: return rejected(standing(state));
    }
}

event::CancellationRefused refused(const State& state) { return {state.customer, "already-delivered"}; }

Decision<Order> decide(const State& state, const command::RefuseCancellation&) {
    if (state.phase != Phase::cancelling) return rejected(standing(state));
    return happened<Order>(refused(state));
}

Decision<Order> decide(const State& state, const command::Cancel&) {
    switch (state.phase) {
        case Phase::cancelling: return happened<Order>(event::Cancelled{state.customer});
        case Phase::placed:
        case Phase::confirmed: return rejected(Rejection::cancellation_not_requested);
        case Phase::completed:
        case Phase::returned:
        case Phase::rejected: return rejected(Rejection::not_cancellable);
        default: return rejected(standing(state));
    }
}

Decision<Order> decide(const State& state, const command::Complete&) {
    const event::Completed completed{state.customer};
    if (state.phase == Phase::confirmed) return happened<Order>(completed);
    if (state.phase != Phase::cancelling) return rejected(standing(state));
    return happened<Order>(refused(state), completed);
}

// One entry for each product, in the order of the lines.
std::vector<event::ReturnedItem> all_items(const std::vector<Line>& lines) {
    std::vector<event::ReturnedItem> items;
    std::unordered_map<ProductId, std::size_t> index_of;
    for (const auto& line : lines) {
        const auto [index, is_new] = index_of.try_emplace(line.product, items.size());
        if (is_new)
            items.push_back({line.product, line.quantity});
        else
            items[index->second].quantity += line.quantity;
    }
    return items;
}

Decision<Order> decide(const State& state, const command::Return&) {
    if (state.phase != Phase::confirmed && state.phase != Phase::completed) return rejected(standing(state));
    return happened<Order>(event::Returned{state.customer, all_items(state.lines)});
}

bool fits(Phase phase, const event::Placed&) { return phase == Phase::absent; }
bool fits(Phase phase, const event::Confirmed&) { return phase == Phase::placed; }
bool fits(Phase phase, const event::Rejected&) { return phase == Phase::placed; }
bool fits(Phase phase, const event::CancellationRequested&) {
    return phase == Phase::placed || phase == Phase::confirmed;
}
bool fits(Phase phase, const event::Cancelled&) { return phase == Phase::cancelling; }
// Older programs completed a cancelling order without saying first that the cancellation was refused.
bool fits(Phase phase, const event::Completed&) { return phase == Phase::confirmed || phase == Phase::cancelling; }
bool fits(Phase phase, const event::CancellationRefused&) { return phase == Phase::cancelling; }
bool fits(Phase phase, const event::Returned&) { return phase == Phase::confirmed || phase == Phase::completed; }

void evolve(State& state, const event::Placed& placed) {
    state = {.phase = Phase::placed,
             .customer = placed.customer,
             .customer_name = placed.customer_name,
             .customer_address = placed.customer_address,
             .lines = placed.lines,
             .total = placed.total,
             .reason = {}};
}

void evolve(State& state, const event::Confirmed&) { state.phase = Phase::confirmed; }

void evolve(State& state, const event::Rejected& rejected) {
    state.phase = Phase::rejected;
    state.reason = rejected.reason;
}

void evolve(State& state, const event::CancellationRequested& requested) {
    state.phase = Phase::cancelling;
    state.reason = requested.reason;
}

void evolve(State& state, const event::Cancelled&) { state.phase = Phase::cancelled; }

void evolve(State& state, const event::Completed&) { state.phase = Phase::completed; }

void evolve(State& state, const event::CancellationRefused& refused) {
    if (state.phase == Phase::cancelling) state.phase = Phase::confirmed;
    state.reason = refused.reason;
}

void evolve(State& state, const event::Returned&) { state.phase = Phase::returned; }

}  // namespace

Decision<Order> Order::decide(const State& state, const Command& command) {
    return std::visit([&state](const auto& one) { return order::decide(state, one); }, command);
}

bool Order::follows(const State& state, const Event& event) { return order::follows(state.phase, event); }

bool follows(Order::Phase phase, const Order::Event& event) {
    return std::visit([phase](const auto& one) { return fits(phase, one); }, event);
}

Order::State Order::evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { order::evolve(state, one); }, event);
    return state;
}

std::string_view text(Order::Phase phase) {
    switch (phase) {
        case Phase::absent: return "absent";
        case Phase::placed: return "placed";
        case Phase::confirmed: return "confirmed";
        case Phase::completed: return "completed";
        case Phase::rejected: return "rejected";
        case Phase::cancelling: return "cancelling";
        case Phase::cancelled: return "cancelled";
        case Phase::returned: return "returned";
    }
    return "unknown";
}

}  // namespace sillok::order
