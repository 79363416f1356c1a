#include "sagas/engine/provider_calls.hpp"

#include "sagas/engine/provider_call_keys.hpp"
#include "sagas/engine/saga_errors.hpp"
#include "sagas/engine/step_result.hpp"

#include <spdlog/fmt/fmt.h>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sillok::saga {
namespace {

using payment::Payment;
using Phase = Payment::Phase;
using Type = ProviderOperation::Type;
using Prepared = std::variant<StepResult, ProviderRequest>;

// The order's payment in the caller's unit of work.
struct PaymentInUnit {
    CommandProcessor<Payment>& payments;
    UnitOfWork& unit;

    [[nodiscard]] Payment::State now(const OrderId& order) const {
        return payments.with_state(unit, order, [](const Payment::State& state, Version) { return state; });
    }
    [[nodiscard]] auto submit(const PaymentCall& call, const Payment::Command& command) const {
        return payments.submit(unit, call.order, command, call.key);
    }
    [[nodiscard]] auto submit_further(const PaymentCall& call, const Payment::Command& command,
                                      std::string_view purpose) const {
        return payments.submit(unit, call.order, command, further_id(call.key, purpose));
    }
};

StepResult unknown(std::string detail) { return {Outcome::unknown, {}, std::move(detail)}; }

StepResult unknown(const provider::Unknown& none) {
    using Cause = provider::Unknown::Cause;
    const auto met = none.cause == Cause::refused   ? Trouble::provider_refused
                     : none.cause == Cause::busy    ? Trouble::provider_busy
                     : none.cause == Cause::differs ? Trouble::answer_differs
                                                    : Trouble::no_answer;
    return {Outcome::unknown, std::string{text(met)}, none.detail, none.retry_after};
}

// Why the provider did not do it. Returns nothing for another response.
std::optional<std::string> failure_in(const ProviderResponse& response) {
    if (const auto* declined = std::get_if<provider::Declined>(&response)) return declined->reason;
    if (std::holds_alternative<provider::NotReceived>(response)) return "the provider never received the call";
    return std::nullopt;
}

StepResult failed(const ProviderResponse& response, std::string_view code_if_declined) {
    const auto code = std::holds_alternative<provider::Declined>(response) ? code_if_declined : payment_unavailable;
    return {Outcome::refused, std::string{code}, *failure_in(response)};
}

void require(const std::expected<void, Rejection>& recorded, Rejection::Reason recorded_already) {
    if (recorded || recorded.error().reason == recorded_already) return;
    throw UnforeseenAnswer(
        fmt::format("the provider's answer does not fit the payment: {}", sentence(recorded.error().reason)));
}

// Whether an earlier attempt has recorded an unknown outcome, so that the payment must be resolved.
bool is_outcome_unknown(const std::expected<void, Rejection>& recorded) {
    return !recorded && recorded.error().reason == Rejection::outcome_unknown;
}

struct Authorise {
    PaymentInUnit payment;

    [[nodiscard]] Prepared prepare(const Payment::State& now, ProviderRequest request) const {
        request.type = Type::authorise;
        const auto& call = request.call;
        switch (now.phase) {
            case Phase::absent: {
                if (call.amount.amount == 0) {
                    const payment::command::RecordNotRequired free{call.customer, call.amount.currency};
                    return answer_of(payment.submit(call, free), {});
                }
                const payment::command::Request command{call.customer, call.amount};
                const auto requested = payment.submit_further(call, command, "request");
                if (!requested) return refusal(requested.error());
                return request;
            }
            case Phase::requested:
            case Phase::unknown: return request;
            case Phase::declined:
            case Phase::voided:
                return StepResult{Outcome::refused, "payment-declined",
                                  fmt::format("the payment is {}", text(now.phase))};
            case Phase::authorised:
            case Phase::captured:
            case Phase::refunded:
            case Phase::capture_refused:
            case Phase::written_off: return done("already authorised");
            case Phase::not_required: return done("nothing to pay");
        }
        std::unreachable();
    }

    [[nodiscard]] StepResult record(const PaymentCall& call, const ProviderResponse& response) const {
        using namespace payment::command;
        if (const auto* none = std::get_if<provider::Unknown>(&response)) {
            // Refused if an earlier attempt has recorded it.
            [[maybe_unused]] const auto recorded =
                payment.submit_further(call, RecordOutcomeUnknown{none->detail}, "unknown");
            return unknown(*none);
        }
        if (const auto reason = failure_in(response)) {
            require(record_or_resolve<RecordDeclined, ResolveDeclined>(call, *reason), Rejection::already_declined);
            return failed(response, "payment-declined");
        }
        const auto& reference = std::get<provider::Approved>(response).reference;
        return answer_of(record_or_resolve<RecordAuthorised, ResolveAuthorised>(call, reference),
                         {Rejection::already_authorised, Rejection::already_captured});
    }

    // A payment for which an earlier attempt has recorded an unknown outcome is resolved.
    template <class Record, class Resolve>
    [[nodiscard]] std::expected<void, Rejection> record_or_resolve(const PaymentCall& call,
                                                                   const std::string& text) const {
        const auto recorded = payment.submit(call, Record{text});
        return is_outcome_unknown(recorded) ? payment.submit(call, Resolve{text}) : recorded;
    }
};

// Asks what became of another saga's call.
ProviderRequest query_of(ProviderRequest request, Type type, const Uuid& key) {
    request.type = type;
    request.query = true;
    request.of_another_saga = true;
    request.call.key = key;
    return request;
}

struct Capture {
    PaymentInUnit payment;

    // `open_capture_key`: of another saga's call to capture it that has no outcome.
    template <class OpenCaptureKey>
    [[nodiscard]] static Prepared prepare(const Payment::State& now, ProviderRequest request,
                                          OpenCaptureKey&& open_capture_key) {
        request.type = Type::capture;
        switch (now.phase) {
            case Phase::authorised:
            case Phase::capture_refused: {
                const std::optional<Uuid> key = open_capture_key();
                if (key) return query_of(std::move(request), Type::capture, capture_key(*key, now.captures_refused));
                request.call.key = capture_key(request.call.key, now.captures_refused);
                return request;
            }
            case Phase::captured:
            case Phase::refunded: return done("already captured");
            case Phase::written_off: return done("written off");
            case Phase::not_required: return done("nothing to pay");
            case Phase::absent:
            case Phase::requested:
            case Phase::unknown:
            case Phase::declined:
            case Phase::voided:
                return StepResult{Outcome::refused, "not-authorised",
                                  fmt::format("the payment is {}", text(now.phase))};
        }
        std::unreachable();
    }

    [[nodiscard]] StepResult record(const ProviderRequest& request, const ProviderResponse& response) const {
        const auto& call = request.call;
        if (const auto* none = std::get_if<provider::Unknown>(&response)) return unknown(*none);
        const bool is_not_received = std::holds_alternative<provider::NotReceived>(response);
        const auto* declined = std::get_if<provider::Declined>(&response);
        if (request.of_another_saga && failure_in(response))
            return {Outcome::unknown, std::string{not_captured_code}, "it was not captured: to be captured next"};
        if (is_not_received) return failed(response, payment_unavailable);
        if (declined != nullptr) return record_refused(call, *declined);
        return answer_of(payment.submit(call, payment::command::Capture{call.amount}), {Rejection::already_captured});
    }

    // It is tried again, as a new call: the provider answers this one with its first result for ever.
    [[nodiscard]] StepResult record_refused(const PaymentCall& call, const provider::Declined& declined) const {
        const payment::command::RecordCaptureRefused refused{call.amount, declined.reason};
        if (!payment.submit(call, refused)) return failed(declined, text(Trouble::capture_refused));
        return {Outcome::unknown, std::string{text(Trouble::capture_refused)}, declined.reason};
    }
};

// Voids an authorisation, or refunds a capture. A call whose outcome is unknown is queried first.
struct Undo {
    PaymentInUnit payment;
    Uuid key_space;  // of a new refund

    // `authorisation_key`: of the payment, for a phase in which its outcome is unknown. `open_capture_key`: of a call
    // to capture it that has no outcome.
    template <class AuthorisationKey, class OpenCaptureKey>
    [[nodiscard]] Prepared prepare(const Payment::State& now, ProviderRequest request,
                                   AuthorisationKey&& authorisation_key, OpenCaptureKey&& open_capture_key) const {
        switch (now.phase) {
            case Phase::absent:
            case Phase::declined:
            case Phase::voided:
            case Phase::not_required:
            case Phase::written_off:
            case Phase::refunded: return done("nothing to undo");
            case Phase::requested:
            case Phase::unknown: {
                const std::optional<Uuid> key = authorisation_key();
                if (!key) return unknown("it is not known whether the payment was authorised");
                return query_of(std::move(request), Type::authorise, *key);
            }
            case Phase::authorised:
            case Phase::capture_refused: {
                const std::optional<Uuid> key = open_capture_key();
                if (key) return query_of(std::move(request), Type::capture, capture_key(*key, now.captures_refused));
                request.type = Type::void_;
                return request;
            }
            case Phase::captured: return prepare_refund(now, std::move(request));
        }
        std::unreachable();
    }

    [[nodiscard]] Prepared prepare_refund(const Payment::State& now, ProviderRequest request) const {
        auto& call = request.call;
        const bool is_requested = now.refund_asked.amount > 0;
        request.type = Type::refund;
        call.amount = {now.captured.amount - now.refunded.amount, now.captured.currency};
        if (call.amount.amount == 0) return done("nothing to undo");
        if (is_requested) {
            call.key = refund_key(call.order, now, now.refund_keys.size());
            return request;
        }
        const auto number = static_cast<std::uint32_t>(now.refund_keys.size() + 1);
        const payment::command::Refund refund{call.amount, new_refund_key(key_space, call.order, number)};
        if (const auto requested = payment.submit_further(call, refund, "request"); !requested)
            return refusal(requested.error());
        call.key = refund.key;
        return request;
    }

    [[nodiscard]] StepResult record(const ProviderRequest& request, const ProviderResponse& response) const {
        const auto& call = request.call;
        if (request.type == Type::authorise) return record_authorisation(call, response);
        if (request.type == Type::capture) return record_capture(call, response);
        if (const auto* none = std::get_if<provider::Unknown>(&response)) return unknown(*none);
        if (request.type == Type::refund) return record_refund(call, response);
        if (failure_in(response)) return failed(response, "provider-declined");
        return answer_of(payment.submit(call, payment::command::Void{}), {Rejection::already_voided});
    }

    // The outcome of the authorisation that is to be undone has become known.
    [[nodiscard]] StepResult record_authorisation(const PaymentCall& call, const ProviderResponse& response) const {
        auto authorised = Authorise{payment}.record(call, response);
        switch (authorised.outcome) {
            case Outcome::refused: return done("nothing to undo");
            case Outcome::done: return unknown("it was authorised: to be undone next");
            case Outcome::unknown: return authorised;
        }
        std::unreachable();
    }

    // The outcome of a capture that another saga has asked for has become known.
    [[nodiscard]] StepResult record_capture(const PaymentCall& call, const ProviderResponse& response) const {
        if (const auto* none = std::get_if<provider::Unknown>(&response)) return unknown(*none);
        if (failure_in(response))
            return {Outcome::unknown, std::string{not_captured_code}, "it was not captured: to be voided next"};
        const auto captured =
            answer_of(payment.submit(call, payment::command::Capture{call.amount}), {Rejection::already_captured});
        return captured.outcome == Outcome::done ? unknown("it was captured: to be refunded next") : captured;
    }

    [[nodiscard]] StepResult record_refund(const PaymentCall& call, const ProviderResponse& response) const {
        const auto now = payment.now(call.order);
        const bool is_under_way =
            now.refund_asked.amount > 0 && call.key == refund_key(call.order, now, now.refund_keys.size());
        if (!is_under_way) return unknown("that refund has come to its end, and is looked at again");
        const auto reason = failure_in(response);
        if (!reason)
            return answer_of(payment.submit(call, payment::command::RecordRefunded{}), {Rejection::already_refunded});
        require(payment.submit(call, payment::command::RecordRefundFailed{*reason}), Rejection::refund_not_requested);
        return failed(response, "provider-declined");
    }
};

}  // namespace

ProviderCalls::ProviderCalls(const EventStore& store, CommandProcessor<Payment>& payments, UnitOfWork& unit,
                             std::span<const Manager> managers)
    : store_(store),
      payments_(payments),
      unit_(unit),
      managers_(managers),
      key_space_(key_space_of(store.identity(), store.identity().epoch())) {}

Payment::State ProviderCalls::payment(const OrderId& order) { return PaymentInUnit{payments_, unit_}.now(order); }

bool ProviderCalls::was_never_asked(const State& state) {
    return payments_.with_state(unit_, state.order,
                                [](const Payment::State& now, Version) { return now.phase == Phase::absent; });
}

bool ProviderCalls::needs_provider(const State& state, const Intent& intent) {
    const auto phase =
        payments_.with_state(unit_, state.order, [](const Payment::State& now, Version) { return now.phase; });
    switch (phase) {
        case Phase::absent: return intent.act == Act::authorise_payment && state.details.amount.amount > 0;
        case Phase::requested:
        case Phase::unknown: return intent.act != Act::capture_payment;
        case Phase::authorised:
        case Phase::capture_refused: return intent.act != Act::authorise_payment;
        case Phase::captured: return intent.act == Act::undo_payment;
        case Phase::refunded:
        case Phase::declined:
        case Phase::voided:
        case Phase::not_required:
        case Phase::written_off: return false;
    }
    std::unreachable();
}

Prepared ProviderCalls::prepare(const State& state, const Intent& intent) {
    const PaymentInUnit unit{payments_, unit_};
    const auto now = unit.now(state.order);
    ProviderRequest request{
        .act = intent.act,
        .query = intent.query,
        .call = {intent.command_id, state.order, state.details.customer, state.details.amount, now.reference}};
    switch (intent.act) {
        case Act::authorise_payment: return Authorise{unit}.prepare(now, std::move(request));
        case Act::capture_payment:
            return Capture::prepare(now, std::move(request), [&]() -> std::optional<Uuid> {
                // Only a saga that has taken over finds another one's call.
                if (!is_in<phase::Closing>(state)) return std::nullopt;
                return open_capture_key(store_, state.order, intent.command_id, managers_);
            });
        case Act::undo_payment:
            return Undo{unit, key_space_}.prepare(
                now, std::move(request), [&] { return authorisation_key(store_, state.order, managers_); },
                [&] { return open_capture_key(store_, state.order, intent.command_id, managers_); });
        default: std::unreachable();
    }
}

StepResult ProviderCalls::record(const ProviderRequest& request, const ProviderResponse& response) {
    const PaymentInUnit unit{payments_, unit_};
    const auto instead = corrected(request, response);
    const auto& said = instead ? *instead : response;
    switch (request.act) {
        case Act::authorise_payment: return Authorise{unit}.record(request.call, said);
        case Act::capture_payment: return Capture{unit}.record(request, said);
        case Act::undo_payment: return Undo{unit, key_space_}.record(request, said);
        default: std::unreachable();
    }
}

bool ProviderCalls::write_off(const OrderId& order, const std::string& reason, const Uuid& command_id) {
    return payments_.submit(unit_, order, payment::command::WriteOff{reason}, further_id(command_id, "write-off"))
        .has_value();
}

}  // namespace sillok::saga
