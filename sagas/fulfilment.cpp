#include "sagas/fulfilment.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "sagas/engine/saga_names.hpp"

#include <array>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view delivery_started = delivery::event::Started::name.type;
constexpr std::string_view cancellation_refused = order::event::CancellationRefused::name.type;
constexpr std::string_view delivery_completed = delivery::event::Completed::name.type;

constexpr std::array steps{
    Step{.name = "reserve",
         .forward = Act::reserve_stock,
         .compensation = Act::give_back_stock,
         .kind = StepKind::compensatable,
         .per_item = true},
    Step{.name = "authorise",
         .forward = Act::authorise_payment,
         .compensation = Act::undo_payment,
         .kind = StepKind::compensatable},
    Step{.name = "confirm", .forward = Act::confirm_order, .kind = StepKind::pivot},
    Step{.name = "prepare", .forward = Act::prepare_delivery},
    Step{.name = "commit", .forward = Act::commit_stock, .per_item = true, .after = delivery_started},
    // The goods have left, so there is no way back: it is tried for a day before an operator is needed.
    Step{.name = "capture",
         .forward = Act::capture_payment,
         .after = delivery_started,
         .deadline = 24h,
         .retry = for_a_day},
    Step{.name = "complete", .forward = Act::complete_order, .after = delivery_completed},
};

constexpr std::array closing{Step{.name = "reject", .forward = Act::reject_order}};
constexpr std::array turn_closing{Step{.name = "return", .forward = Act::return_order}};

// The reserved stock is for others to buy, so its release does not wait for the provider.
constexpr Expiry expiry{
    .within = 900s, .reason = CompensationReason::reservation_expired, .undo = UndoOrder::own_then_provider};

// After a return it paid back first, and the order did not say that it was returned. Older programs did not go on
// after a refused cancellation: their journals name no such event, so every version may.
constexpr Definition fulfilment_v1{.name = "fulfilment",
                                   .version = 1,
                                   .starts = order::event::Placed::name.type,
                                   .stops = order::event::CancellationRequested::name.type,
                                   .turns = delivery::event::Returned::name.type,
                                   .resumes = cancellation_refused,
                                   .steps = steps,
                                   .closing = closing,
                                   .expires = expiry};

// Its own goods waited for the provider when an operator had it compensated.
constexpr Definition fulfilment_v2 = [] {
    auto second = fulfilment_v1;
    second.version = 2;
    second.turn_closing = turn_closing;
    second.turn_undo = UndoOrder::own_then_provider;
    second.previous = &fulfilment_v1;
    return second;
}();

constexpr Definition fulfilment = [] {
    auto newest = fulfilment_v2;
    newest.version = 3;
    newest.undo = UndoOrder::own_then_provider;
    newest.previous = &fulfilment_v2;
    return newest;
}();
static_assert(fits(fulfilment));

}  // namespace

const Definition& Fulfilment::definition() { return fulfilment; }

std::optional<OrderId> Fulfilment::instance(const Recorded& recorded) {
    const auto type = recorded.type;
    if (type == fulfilment.starts || type == fulfilment.stops || type == fulfilment.turns ||
        type == fulfilment.resumes || type == delivery_started || type == delivery_completed)
        return order_of(recorded);
    return std::nullopt;
}

std::optional<Event> Fulfilment::react(const State& state, const Trigger& trigger) {
    return saga::react(fulfilment, state, trigger);
}

static_assert(ProcessManager<Fulfilment>);

}  // namespace sillok::saga
