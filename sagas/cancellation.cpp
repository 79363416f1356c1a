#include "sagas/cancellation.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/order.hpp"
#include "eventstore/stream_name.hpp"

#include <array>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view requested = order::event::CancellationRequested::name.type;
constexpr std::string_view answered = event::Ended::name.type;
constexpr std::string_view fulfilment_prefix = "saga-fulfilment-";

// Money that is owed back is asked for during a day before an operator is called.
constexpr RetryPolicy stubborn{.attempts = 24, .base = 200ms, .most = 3'600'000ms};

constexpr std::array steps{
    Step{.name = "cancel-delivery",
         .forward = Act::cancel_delivery,
         .compensation = {},
         .kind = Kind::pivot,
         .after = answered},
    Step{.name = "pay-back",
         .forward = Act::undo_payment,
         .compensation = {},
         .after = {},
         .deadline = 24h,
         .retry = stubborn},
    Step{.name = "give-back", .forward = Act::give_back_stock, .compensation = {}, .per_item = true, .after = {}},
    Step{.name = "cancel", .forward = Act::cancel_order, .compensation = {}, .after = {}},
};

// It was delivered: what fulfilment had been stopped from doing is done here, and the order stands.
constexpr std::array closing{
    Step{.name = "commit", .forward = Act::commit_stock, .compensation = {}, .per_item = true, .after = {}},
    Step{.name = "capture",
         .forward = Act::capture_payment,
         .compensation = {},
         .after = {},
         .deadline = 24h,
         .retry = stubborn},
    Step{.name = "complete", .forward = Act::complete_order, .compensation = {}, .after = {}},
};

constexpr Definition cancellation{.name = "cancellation",
                                  .version = 1,
                                  .starts = requested,
                                  .stops = {},
                                  .turns = {},
                                  .steps = steps,
                                  .closing = closing};

// Fulfilment answers a requested cancellation by ending, or, where it had ended before, by ignoring it.
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
    if (!recorded.stream.starts_with(fulfilment_prefix) || !is_answer(recorded)) return std::nullopt;
    return OrderId{std::string{recorded.stream.substr(fulfilment_prefix.size())}};
}

std::optional<Event> Cancellation::react(const State& state, const Trigger& trigger) {
    if (trigger.type != event::Ignored::name.type) return saga::react(cancellation, state, trigger);
    Trigger ended = trigger;
    ended.type = answered;
    return saga::react(cancellation, state, ended);
}

static_assert(ProcessManager<Cancellation>);

}  // namespace sillok::saga
