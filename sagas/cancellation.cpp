#include "sagas/cancellation.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/order.hpp"
#include "eventstore/stream_name.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/fulfilment.hpp"

#include <array>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view requested = order::event::CancellationRequested::name.type;
constexpr std::string_view answered = event::Ended::name.type;

constexpr std::array steps{
    Step{.name = "cancel-delivery", .forward = Act::cancel_delivery, .kind = StepKind::pivot, .after = answered},
    // The customer's money is owed back, so it is tried for a day before an operator is needed.
    Step{.name = "pay-back", .forward = Act::undo_payment, .deadline = 24h, .retry = for_a_day},
    Step{.name = "give-back", .forward = Act::give_back_stock, .per_item = true},
    Step{.name = "cancel", .forward = Act::cancel_order},
};

// It was delivered: the order stands, and the steps that fulfilment had not done yet are done here.
constexpr std::array closing{
    Step{.name = "commit", .forward = Act::commit_stock, .per_item = true},
    Step{.name = "capture", .forward = Act::capture_payment, .deadline = 24h, .retry = for_a_day},
    Step{.name = "complete", .forward = Act::complete_order},
};

constexpr Definition cancellation{
    .name = "cancellation", .version = 1, .starts = requested, .steps = steps, .closing = closing};
static_assert(fits(cancellation));

// Fulfilment answers a requested cancellation by ending or, if it had ended before, by ignoring the request.
bool is_answer(const Recorded& recorded) {
    if (recorded.type == answered) return true;
    if (recorded.type != event::Ignored::name.type) return false;
    const auto ignored = decode<Event>(recorded);
    return ignored && std::get<event::Ignored>(*ignored).type == requested;
}

}  // namespace

const Definition& Cancellation::definition() { return cancellation; }

std::optional<OrderId> Cancellation::instance(const Recorded& recorded) {
    if (recorded.type == requested) return OrderId{std::string{id_of(recorded.stream)}};
    const auto fulfilment = Fulfilment::definition().name;
    if (!is_journal_of(fulfilment, recorded.stream) || !is_answer(recorded)) return std::nullopt;
    return order_of_journal(fulfilment, recorded.stream);
}

std::optional<Event> Cancellation::react(const State& state, const Trigger& trigger) {
    if (trigger.type != event::Ignored::name.type) return saga::react(cancellation, state, trigger);
    Trigger ended = trigger;
    ended.type = answered;
    return saga::react(cancellation, state, ended);
}

static_assert(ProcessManager<Cancellation>);

}  // namespace sillok::saga
