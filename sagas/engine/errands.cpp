#include "sagas/engine/errands.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "sagas/engine/call_record.hpp"
#include "sagas/engine/order_details.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/fulfilment.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace sillok::saga {
namespace {

using payment::Payment;
using Ask = PaymentErrand::Ask;

StepResult done() { return {}; }
StepResult done(std::string detail) { return {Outcome::done, {}, std::move(detail)}; }

StepResult refusal(const Rejection& rejection) {
    return {Outcome::refused, std::string{code(rejection.reason)}, std::string{sentence(rejection.reason)}};
}

// Done also where it was refused because it is so already.
StepResult answer(const std::expected<void, Rejection>& result, std::initializer_list<Rejection::Reason> so_already) {
    if (result) return done();
    if (std::ranges::find(so_already, result.error().reason) != so_already.end())
        return done(std::string{code(result.error().reason)});
    return refusal(result.error());
}

// What the provider says must fit what the payment says of itself.
void expect(const std::expected<void, Rejection>& recorded, Rejection::Reason so_already) {
    if (recorded || recorded.error().reason == so_already) return;
    throw Unexpected(
        fmt::format("the provider's answer does not fit the payment: {}", sentence(recorded.error().reason)));
}

// One intent sometimes needs a second command: its id follows from the intent's, too.
Uuid further(const Uuid& command_id, std::string_view what) { return uuid_v8(command_id, command_id, what); }

bool is_authorisation(std::string_view step) {
    const auto& steps = Fulfilment::definition().steps;
    const auto found = std::ranges::find(steps, step, &Step::name);
    return found != steps.end() && found->forward == Act::authorise_payment;
}

std::vector<Item> items_of(const std::vector<order::Line>& lines) {
    std::vector<Item> items;
    items.reserve(lines.size());
    for (const auto& line : lines) items.push_back({line.product, line.quantity});
    return summed(items);
}

}  // namespace

void give_way(EventStore& store, const AppendError& error) {
    if (error.code == errc::overloaded) {
        // Something of what waits becomes durable, and there is room again.
        if (store.wait_durable(next(store.head()))) return;
        throw LogUnavailable("the log ended while it was overloaded");
    }
    if (error.code == errc::log_unavailable || error.code == errc::closed)
        throw LogUnavailable(std::string{name(error.code)});
    throw Unexpected(fmt::format("the log refuses with {} {}", name(error.code), error.offender));
}

asio::awaitable<ProviderResponse> ask(Payments& payments, PaymentErrand errand) {
    if (errand.query) return payments.give_up(errand.call.key);
    switch (errand.ask) {
        case Ask::authorise: return payments.authorise(std::move(errand.call));
        case Ask::capture: return payments.capture(std::move(errand.call));
        case Ask::void_authorisation: return payments.void_authorisation(std::move(errand.call));
        case Ask::refund: break;
    }
    return payments.refund(std::move(errand.call));
}

bool is_about(const PaymentErrand& errand, const ProviderOperation& operation) {
    if (errand.call.key != operation.key || errand.call.order != operation.order) return false;
    using Type = ProviderOperation::Type;
    switch (errand.ask) {
        case Ask::authorise: return operation.type == Type::authorise;
        case Ask::capture: return operation.type == Type::capture;
        case Ask::void_authorisation: return operation.type == Type::void_;
        case Ask::refund: return operation.type == Type::refund && operation.amount == errand.call.amount;
    }
    std::unreachable();
}

Errands::Errands(EventStore& store, SagaTargets targets, UnitOfWork& work)
    : store_(store), targets_(targets), work_(work) {}

OrderDetails Errands::facts(const Recorded& recorded, const OrderId& order) {
    if (recorded.type == order::event::Placed::name.type) {
        const auto event = decode<order::Order::Event>(recorded);
        if (!event) throw Unexpected(event.error().what);
        const auto& placed = std::get<order::event::Placed>(*event);
        return {placed.customer, placed.customer_address, placed.total, items_of(placed.lines)};
    }
    return targets_.orders.with_state(work_, order, [](const order::Order::State& state, Version) {
        return OrderDetails{state.customer, state.customer_address, state.total, items_of(state.lines)};
    });
}

StepResult Errands::give_back(const ProductId& product, const OrderId& order, const Uuid& command_id) {
    auto& stock = targets_.stock;
    const auto released = stock.submit(work_, product, stock::command::Release{order}, command_id);
    if (released || released.error().reason != Rejection::already_committed)
        return answer(released, {Rejection::reservation_unknown});
    const auto returned = stock.submit(work_, product, stock::command::Return{order}, further(command_id, "return"));
    return answer(returned, {Rejection::reservation_unknown});
}

StepResult Errands::order_command(const State& state, const Intent& intent) {
    using Phase = order::Order::Phase;
    const auto give = [&](const order::Order::Command& command, Rejection::Reason so_already) {
        return answer(targets_.orders.submit(work_, state.order, command, intent.command_id), {so_already});
    };
    const auto phase = [&] {
        return targets_.orders.with_state(work_, state.order,
                                          [](const order::Order::State& now, Version) { return now.phase; });
    };
    switch (intent.act) {
        case Act::confirm_order:
        case Act::reject_order: {
            auto answer = intent.act == Act::confirm_order
                              ? give(order::command::Confirm{}, Rejection::already_confirmed)
                              : give(order::command::Reject{state.reason, state.detail}, Rejection::already_rejected);
            if (answer.outcome != Outcome::refused) return answer;
            if (phase() == Phase::cancelling || phase() == Phase::cancelled)
                answer.code = text(RefusalReason::cancellation_requested);
            return answer;
        }
        case Act::complete_order: return give(order::command::Complete{}, Rejection::already_completed);
        default: {
            auto answer = give(order::command::Cancel{}, Rejection::already_cancelled);
            // Fulfilment had not heard yet that it was to stop, and has completed it: it keeps that name, with its
            // goods and its money given back.
            if (answer.outcome == Outcome::refused && phase() == Phase::completed) return done("completed already");
            return answer;
        }
    }
}

StepResult Errands::carry_out(const State& state, const Intent& intent, Resumed resumed) {
    // A program that wrote the intent, the command's events and its outcome one after another may have got no further.
    if (resumed == Resumed::yes && store_.find_command(intent.command_id)) return done();
    const auto stock = [&](const stock::Stock::Command& command) {
        return targets_.stock.submit(work_, state.details.items[intent.item].product, command, intent.command_id);
    };
    switch (intent.act) {
        case Act::reserve_stock: {
            const auto& item = state.details.items[intent.item];
            const auto reserved = stock(stock::command::Reserve{state.order, item.quantity});
            auto reply = answer(reserved, {});
            if (!reserved && reserved.error().available)
                reply.detail = fmt::format("{}: {} wanted, {} available", item.product.value, item.quantity.value,
                                           *reserved.error().available);
            return reply;
        }
        case Act::commit_stock:
            return answer(stock(stock::command::Commit{state.order}), {Rejection::already_committed});
        case Act::give_back_stock:
            return give_back(state.details.items[intent.item].product, state.order, intent.command_id);
        case Act::prepare_delivery: {
            const delivery::command::Prepare prepare{state.details.customer, state.details.address};
            return answer(targets_.deliveries.submit(work_, state.order, prepare, intent.command_id),
                          {Rejection::delivery_exists});
        }
        case Act::cancel_delivery:
            return answer(
                targets_.deliveries.submit(work_, state.order, delivery::command::Cancel{}, intent.command_id),
                {Rejection::not_prepared, Rejection::delivery_cancelled_already, Rejection::already_returned});
        case Act::confirm_order:
        case Act::reject_order:
        case Act::cancel_order:
        case Act::complete_order: return order_command(state, intent);
        case Act::authorise_payment:
        case Act::capture_payment:
        case Act::undo_payment: break;
    }
    throw Unexpected("a payment is no command to our own aggregates");
}

Payment::State Errands::payment(const OrderId& order) {
    return targets_.payments.with_state(work_, order, [](const Payment::State& present, Version) { return present; });
}

bool Errands::needs_provider(const State& state, const Intent& intent) {
    using Phase = Payment::Phase;
    switch (payment(state.order).phase) {
        case Phase::absent: return intent.act == Act::authorise_payment;
        case Phase::requested:
        case Phase::unknown: return intent.act != Act::capture_payment;
        case Phase::authorised: return intent.act != Act::authorise_payment;
        case Phase::captured: return intent.act == Act::undo_payment;
        case Phase::refunded:
        case Phase::declined:
        case Phase::voided: return false;
    }
    std::unreachable();
}

std::variant<StepResult, PaymentErrand> Errands::set_out(const State& state, const Intent& intent) {
    using Phase = Payment::Phase;
    const auto now = payment(state.order);
    PaymentErrand errand{Ask::authorise,
                         intent.query,
                         {intent.command_id, state.order, state.details.customer, state.details.amount, now.reference}};
    if (intent.act == Act::undo_payment) return set_out_to_undo(std::move(errand), now);
    if (intent.act == Act::capture_payment) {
        if (now.phase == Phase::captured || now.phase == Phase::refunded) return done("already captured");
        if (now.phase != Phase::authorised)
            return StepResult{Outcome::refused, "not-authorised", fmt::format("the payment is {}", text(now.phase))};
        errand.ask = Ask::capture;
        return errand;
    }
    switch (now.phase) {
        case Phase::absent:
            if (const auto requested = targets_.payments.submit(
                    work_, state.order, payment::command::Request{state.details.customer, state.details.amount},
                    further(intent.command_id, "request"));
                !requested)
                return refusal(requested.error());
            return errand;
        case Phase::requested:
        case Phase::unknown: return errand;
        case Phase::declined:
        case Phase::voided:
            return StepResult{Outcome::refused, "payment-declined", fmt::format("the payment is {}", text(now.phase))};
        default: return done("already authorised");
    }
}

std::variant<StepResult, PaymentErrand> Errands::set_out_to_undo(PaymentErrand errand, const Payment::State& now) {
    using Phase = Payment::Phase;
    switch (now.phase) {
        case Phase::absent:
        case Phase::declined:
        case Phase::voided:
        case Phase::refunded: return done("nothing to undo");
        case Phase::requested:
        case Phase::unknown: {
            const auto key = authorisation_key(errand.call.order);
            if (!key) return StepResult{Outcome::unknown, {}, "it is not known whether the payment was authorised"};
            errand.ask = Ask::authorise;
            errand.query = errand.to_undo = true;
            errand.call.key = *key;
            return errand;
        }
        case Phase::authorised: errand.ask = Ask::void_authorisation; return errand;
        case Phase::captured: break;
    }
    errand.ask = Ask::refund;
    errand.call.amount = {now.captured.amount - now.refunded.amount, now.captured.currency};
    if (errand.call.amount.amount == 0) return done("nothing to undo");
    const auto intent = errand.call.key;
    errand.call.key = refund_key(errand.call.order, now.refunds_asked + (now.refund_asked.amount > 0 ? 0 : 1));
    if (now.refund_asked.amount > 0) return errand;
    if (const auto asked = targets_.payments.submit(
            work_, errand.call.order, payment::command::Refund{errand.call.amount}, further(intent, "request"));
        !asked)
        return refusal(asked.error());
    return errand;
}

std::optional<Uuid> Errands::authorisation_key(const OrderId& order) const {
    std::optional<Uuid> key;
    each_journal_event(store_, stream_of(Fulfilment::definition(), order), [&key](const Event& event) {
        const auto* intended = std::get_if<event::CommandScheduled>(&event);
        if (intended == nullptr || intended->direction != Direction::forward) return;
        if (is_authorisation(intended->step)) key = intended->command_id;
    });
    return key;
}

StepResult Errands::bring_home(const PaymentErrand& errand, const ProviderResponse& said) {
    if (errand.to_undo) {
        auto asked = errand;
        asked.to_undo = false;
        auto known = bring_home(asked, said);
        if (known.outcome == Outcome::refused) return done("nothing to undo");
        if (known.outcome == Outcome::done) return {Outcome::unknown, {}, "it was authorised: to be undone next"};
        return known;
    }
    if (const auto* unknown = std::get_if<provider::Unknown>(&said)) return bring_home_unknown(errand, *unknown);
    if (errand.ask == Ask::refund && !is_refund_under_way(errand.call))
        return {Outcome::unknown, {}, "that refund has come to its end, and is looked at again"};
    if (const auto* declined = std::get_if<provider::Declined>(&said))
        return bring_home_declined(errand, errand.ask == Ask::authorise ? "payment-declined" : "provider-declined",
                                   declined->reason);
    if (std::holds_alternative<provider::NotReceived>(said))
        return bring_home_declined(errand, "payment-unavailable", "the provider never received the call");
    if (errand.ask == Ask::authorise) return bring_home_authorised(errand, std::get<provider::Approved>(said));
    auto& payments = targets_.payments;
    const auto& order = errand.call.order;
    const auto& key = errand.call.key;
    switch (errand.ask) {
        case Ask::capture:
            return answer(payments.submit(work_, order, payment::command::Capture{errand.call.amount}, key),
                          {Rejection::already_captured});
        case Ask::void_authorisation:
            return answer(payments.submit(work_, order, payment::command::Void{}, key), {Rejection::already_voided});
        default:
            return answer(payments.submit(work_, order, payment::command::RecordRefunded{}, key),
                          {Rejection::already_refunded});
    }
}

bool Errands::is_refund_under_way(const PaymentCall& call) {
    const auto now = payment(call.order);
    return now.refund_asked.amount > 0 && call.key == refund_key(call.order, now.refunds_asked);
}

StepResult Errands::bring_home_authorised(const PaymentErrand& errand, const provider::Approved& said) {
    auto& payments = targets_.payments;
    const auto& order = errand.call.order;
    const auto& key = errand.call.key;
    auto recorded = payments.submit(work_, order, payment::command::RecordAuthorised{said.reference}, key);
    if (!recorded && recorded.error().reason == Rejection::outcome_unknown)
        recorded = payments.submit(work_, order, payment::command::ResolveAuthorised{said.reference}, key);
    return answer(recorded, {Rejection::already_authorised, Rejection::already_captured});
}

StepResult Errands::bring_home_declined(const PaymentErrand& errand, std::string code, const std::string& reason) {
    const auto give = [&](const payment::Payment::Command& command) {
        return targets_.payments.submit(work_, errand.call.order, command, errand.call.key);
    };
    if (errand.ask == Ask::authorise) {
        const auto recorded = give(payment::command::RecordDeclined{reason});
        if (!recorded && recorded.error().reason == Rejection::outcome_unknown)
            expect(give(payment::command::ResolveDeclined{reason}), Rejection::already_declined);
        else
            expect(recorded, Rejection::already_declined);
    } else if (errand.ask == Ask::refund) {
        expect(give(payment::command::RecordRefundFailed{reason}), Rejection::refund_not_requested);
    }
    return {Outcome::refused, std::move(code), reason};
}

StepResult Errands::bring_home_unknown(const PaymentErrand& errand, const provider::Unknown& said) {
    if (errand.ask == Ask::authorise) {
        // Refused where it is recorded already: that is as good.
        [[maybe_unused]] const auto recorded =
            targets_.payments.submit(work_, errand.call.order, payment::command::RecordOutcomeUnknown{said.detail},
                                     further(errand.call.key, "unknown"));
    }
    return {Outcome::unknown, {}, said.detail};
}

}  // namespace sillok::saga
