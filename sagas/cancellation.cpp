#include "sagas/cancellation.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/fulfilment.hpp"

#include <array>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view requested = order::event::CancellationRequested::name.type;
constexpr std::string_view answered = event::Ended::name.type;
constexpr std::string_view goods_back = delivery::event::Cancelled::name.type;
constexpr std::string_view goods_arrived = delivery::event::Completed::name.type;

// The customer's money is owed back, so it is tried for a day before an operator is needed.
constexpr Step pay_back{.name = "pay-back", .forward = Act::undo_payment, .deadline = 24h, .retry = for_a_day};

// The goods are free as soon as the delivery is cancelled. The money follows when the provider can. Goods on their
// way were called back: they have left the stock until they are here.
constexpr std::array steps{
    Step{.name = "cancel-delivery", .forward = Act::cancel_delivery, .kind = StepKind::pivot, .after = answered},
    Step{.name = "commit-recalled", .forward = Act::commit_stock, .per_item = true, .only_if = OnlyIf::recalled},
    Step{.name = "pay-back-early",
         .forward = Act::undo_payment,
         .deadline = 24h,
         .retry = for_a_day,
         .only_if = OnlyIf::paid_back_early},
    Step{.name = "give-back",
         .forward = Act::give_back_stock,
         .per_item = true,
         .after_recall = goods_back,
         .unless = goods_arrived},
    pay_back,
    Step{.name = "cancel", .forward = Act::cancel_order},
};

// It was delivered: the order stands, and fulfilment goes on where it was stopped. If the money was paid back before,
// somebody has to see to it.
constexpr std::array closing{
    Step{.name = "refuse", .forward = Act::refuse_cancellation},
    Step{.name = "look-for-payment", .forward = Act::look_for_payment, .only_if = OnlyIf::paid_back_early},
};

// It did itself what fulfilment had not done yet, looked whether goods had come back meanwhile, and saw to those.
constexpr std::array closing_v2{
    Step{.name = "commit", .forward = Act::commit_stock, .per_item = true},
    Step{.name = "capture", .forward = Act::capture_payment, .deadline = 24h, .retry = for_a_day},
    Step{.name = "complete", .forward = Act::complete_order},
    Step{.name = "look-for-return", .forward = Act::look_for_return},
    Step{.name = "give-back-returned", .forward = Act::give_back_stock, .per_item = true, .only_if = OnlyIf::returned},
    Step{.name = "pay-back-returned",
         .forward = Act::undo_payment,
         .deadline = 24h,
         .retry = for_a_day,
         .only_if = OnlyIf::returned},
    Step{.name = "return", .forward = Act::return_order, .only_if = OnlyIf::returned},
};

// It paid back first, and did not look whether goods had come back.
constexpr std::array closing_v1{closing_v2[0], closing_v2[1], closing_v2[2]};
constexpr std::array steps_v1{
    Step{.name = "cancel-delivery", .forward = Act::cancel_delivery, .kind = StepKind::pivot, .after = answered},
    pay_back,
    Step{.name = "give-back", .forward = Act::give_back_stock, .per_item = true},
    Step{.name = "cancel", .forward = Act::cancel_order},
};
constexpr Definition cancellation_v1{
    .name = "cancellation", .version = 1, .starts = requested, .steps = steps_v1, .closing = closing_v1};

constexpr Definition cancellation_v2{.name = "cancellation",
                                     .version = 2,
                                     .starts = requested,
                                     .steps = steps,
                                     .closing = closing_v2,
                                     .previous = &cancellation_v1};
constexpr Definition cancellation{.name = "cancellation",
                                  .version = 3,
                                  .starts = requested,
                                  .steps = steps,
                                  .closing = closing,
                                  .previous = &cancellation_v2};
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
    if (recorded.type == requested || recorded.type == goods_back || recorded.type == goods_arrived)
        return order_of(recorded);
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
