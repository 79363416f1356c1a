#include "sagas/fulfilment.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "eventstore/stream_name.hpp"

#include <array>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view delivery_started = delivery::event::Started::name.type;
constexpr std::string_view delivery_completed = delivery::event::Completed::name.type;

// Captures go on for a day before an operator is asked: the goods have left, there is no other way than forward.
constexpr RetryPolicy stubborn{.attempts = 24, .base = 200ms, .most = 3'600'000ms};

constexpr std::array steps{
    Step{.name = "reserve",
         .forward = Act::reserve_stock,
         .compensation = Act::give_back_stock,
         .kind = Kind::compensatable,
         .per_item = true,
         .after = {}},
    Step{.name = "authorise",
         .forward = Act::authorise_payment,
         .compensation = Act::undo_payment,
         .kind = Kind::compensatable,
         .after = {}},
    Step{.name = "confirm", .forward = Act::confirm_order, .compensation = {}, .kind = Kind::pivot, .after = {}},
    Step{.name = "prepare", .forward = Act::prepare_delivery, .compensation = {}, .after = {}},
    Step{.name = "commit",
         .forward = Act::commit_stock,
         .compensation = {},
         .per_item = true,
         .after = delivery_started},
    Step{.name = "capture",
         .forward = Act::capture_payment,
         .compensation = {},
         .after = delivery_started,
         .deadline = 24h,
         .retry = stubborn},
    Step{.name = "complete", .forward = Act::complete_order, .compensation = {}, .after = delivery_completed},
};

constexpr std::array closing{
    Step{.name = "reject", .forward = Act::reject_order, .compensation = {}, .after = {}},
};

constexpr Definition fulfilment{.name = "fulfilment",
                                .version = 1,
                                .starts = order::event::Placed::name.type,
                                .stops = order::event::CancellationRequested::name.type,
                                .turns = delivery::event::Returned::name.type,
                                .steps = steps,
                                .closing = closing};

}  // namespace

const Definition& Fulfilment::definition() { return fulfilment; }

std::optional<OrderId> Fulfilment::instance(const Recorded& recorded) {
    const auto type = recorded.type;
    if (type == fulfilment.starts || type == fulfilment.stops || type == fulfilment.turns || type == delivery_started ||
        type == delivery_completed)
        return OrderId{std::string{id_of(recorded.stream)}};
    return std::nullopt;
}

std::optional<Event> Fulfilment::react(const State& state, const Trigger& trigger) {
    return saga::react(fulfilment, state, trigger);
}

static_assert(ProcessManager<Fulfilment>);

}  // namespace sillok::saga
