#include "aggregates/payment.hpp"

#include <optional>
#include <utility>

namespace sillok::payment {

event::RefundRequested event::RefundRequested::upcast(RefundRequestedV1 before) {
    return {.amount = before.amount, .key = {}};
}

namespace {

using State = Payment::State;
using Phase = Payment::Phase;

// Why a payment cannot do what is asked of another phase: because of where it stands.
Rejection::Reason standing(const State& state) {
    switch (state.phase) {
        case Phase::absent: return Rejection::payment_unknown;
        case Phase::requested: return Rejection::not_authorised;
        case Phase::unknown: return Rejection::outcome_unknown;
        case Phase::authorised:
        case Phase::capture_refused: return Rejection::already_authorised;
        case Phase::captured:
        case Phase::refunded: return Rejection::already_captured;
        case Phase::declined: return Rejection::already_declined;
        case Phase::voided: return Rejection::already_voided;
        case Phase::not_required: return Rejection::payment_not_required;
        case Phase::written_off: return Rejection::already_written_off;
    }
    std::unreachable();
}

// Why nothing can be paid back: because nothing has been taken.
std::optional<Rejection::Reason> untaken(const State& state) {
    switch (state.phase) {
        case Phase::captured:
        case Phase::refunded: return std::nullopt;
        case Phase::requested:
        case Phase::authorised:
        case Phase::capture_refused: return Rejection::not_captured;
        default: return standing(state);
    }
}

bool is_refund_pending(const State& state) { return state.refund_asked.amount > 0; }

Decision<Payment> decide(const State& state, const command::Request& request) {
    if (state.phase != Phase::absent) return rejected(Rejection::payment_exists);
    if (request.amount.amount < 0) return rejected(Rejection::amount_invalid);
    return happened<Payment>(event::Requested{request.customer, request.amount});
}

Decision<Payment> decide(const State& state, const command::RecordAuthorised& record) {
    if (state.phase != Phase::requested) return rejected(standing(state));
    return happened<Payment>(event::Authorised{state.customer, state.requested, record.reference});
}

Decision<Payment> decide(const State& state, const command::RecordDeclined& record) {
    if (state.phase != Phase::requested) return rejected(standing(state));
    return happened<Payment>(event::Declined{state.customer, record.reason});
}

Decision<Payment> decide(const State& state, const command::RecordOutcomeUnknown& record) {
    if (state.phase != Phase::requested) return rejected(standing(state));
    return happened<Payment>(event::OutcomeUnknown{record.detail});
}

Decision<Payment> decide(const State& state, const command::ResolveAuthorised& resolve) {
    if (state.phase == Phase::requested) return rejected(Rejection::outcome_not_unknown);
    if (state.phase != Phase::unknown) return rejected(standing(state));
    return happened<Payment>(event::OutcomeResolved{true},
                             event::Authorised{state.customer, state.requested, resolve.reference});
}

Decision<Payment> decide(const State& state, const command::ResolveDeclined& resolve) {
    if (state.phase == Phase::requested) return rejected(Rejection::outcome_not_unknown);
    if (state.phase != Phase::unknown) return rejected(standing(state));
    return happened<Payment>(event::OutcomeResolved{false}, event::Declined{state.customer, resolve.reason});
}

Decision<Payment> decide(const State& state, const command::RecordNotRequired& record) {
    if (state.phase != Phase::absent) return rejected(Rejection::payment_exists);
    return happened<Payment>(event::NotRequired{record.customer, {0, record.currency}});
}

Decision<Payment> decide(const State& state, const command::RecordCaptureRefused& record) {
    if (!is_held(state.phase)) return rejected(standing(state));
    return happened<Payment>(event::CaptureRefused{record.amount, record.reason});
}

Decision<Payment> decide(const State& state, const command::WriteOff& write_off) {
    if (state.phase == Phase::authorised) return rejected(Rejection::capture_not_refused);
    if (state.phase != Phase::capture_refused) return rejected(standing(state));
    return happened<Payment>(event::WrittenOff{state.requested, write_off.reason});
}

Decision<Payment> decide(const State& state, const command::Capture& capture) {
    if (!is_held(state.phase)) return rejected(standing(state));
    if (capture.amount.currency != state.requested.currency) return rejected(Rejection::currency_mismatch);
    if (capture.amount.amount < 0) return rejected(Rejection::amount_invalid);
    if (capture.amount.amount > state.requested.amount) return rejected(Rejection::amount_exceeds_authorised);
    return happened<Payment>(event::Captured{capture.amount});
}

Decision<Payment> decide(const State& state, const command::Void&) {
    if (!is_held(state.phase)) return rejected(standing(state));
    return happened<Payment>(event::Voided{});
}

Decision<Payment> decide(const State& state, const command::Refund& refund) {
    if (const auto why = untaken(state)) return rejected(*why);
    if (is_refund_pending(state)) return rejected(Rejection::refund_pending);
    if (state.refunded == state.captured) return rejected(Rejection::already_refunded);
    if (refund.amount.currency != state.captured.currency) return rejected(Rejection::currency_mismatch);
    if (refund.amount.amount <= 0) return rejected(Rejection::amount_invalid);
    if (refund.amount.amount > state.captured.amount - state.refunded.amount)
        return rejected(Rejection::refund_exceeds_captured);
    return happened<Payment>(event::RefundRequested{refund.amount, refund.key});
}

Decision<Payment> decide(const State& state, const command::RecordRefunded&) {
    if (const auto why = untaken(state)) return rejected(*why);
    if (state.phase == Phase::refunded) return rejected(Rejection::already_refunded);
    if (!is_refund_pending(state)) return rejected(Rejection::refund_not_requested);
    return happened<Payment>(event::Refunded{state.refund_asked});
}

Decision<Payment> decide(const State& state, const command::RecordRefundFailed& record) {
    if (const auto why = untaken(state)) return rejected(*why);
    if (state.phase == Phase::refunded) return rejected(Rejection::already_refunded);
    if (!is_refund_pending(state)) return rejected(Rejection::refund_not_requested);
    return happened<Payment>(event::RefundFailed{state.refund_asked, record.reason});
}

bool is_open(Phase phase) { return phase == Phase::requested || phase == Phase::unknown; }

bool fits(Phase phase, const event::Requested&) { return phase == Phase::absent; }
bool fits(Phase phase, const event::NotRequired&) { return phase == Phase::absent; }
bool fits(Phase phase, const event::Authorised&) { return is_open(phase); }
bool fits(Phase phase, const event::Declined&) { return is_open(phase); }
bool fits(Phase phase, const event::OutcomeUnknown&) { return phase == Phase::requested; }
bool fits(Phase phase, const event::OutcomeResolved&) { return phase == Phase::unknown; }
bool fits(Phase phase, const event::Captured&) { return is_held(phase); }
bool fits(Phase phase, const event::CaptureRefused&) { return is_held(phase); }
bool fits(Phase phase, const event::WrittenOff&) { return phase == Phase::capture_refused; }
bool fits(Phase phase, const event::Voided&) { return is_held(phase); }
bool fits(Phase phase, const event::RefundRequested&) { return phase == Phase::captured; }
bool fits(Phase phase, const event::Refunded&) { return phase == Phase::captured; }
bool fits(Phase phase, const event::RefundFailed&) { return phase == Phase::captured; }

// Whether 0 <= amount <= limit, in one currency.
bool is_within(const Money& amount, const Money& limit) {
    return amount.currency == limit.currency && amount.amount >= 0 && amount.amount <= limit.amount;
}

// What the amounts of a state say about an event that can come in its phase.
bool adds_up(const State&, const auto&) { return true; }
bool adds_up(const State& state, const event::Captured& captured) {
    return is_within(captured.amount, state.requested);
}
bool adds_up(const State& state, const event::RefundRequested& requested) {
    return !is_refund_pending(state) && requested.amount.amount > 0 &&
           is_within(requested.amount, {state.captured.amount - state.refunded.amount, state.captured.currency});
}
bool adds_up(const State& state, const event::Refunded& refunded) {
    return is_refund_pending(state) && refunded.amount == state.refund_asked;
}
bool adds_up(const State& state, const event::RefundFailed&) { return is_refund_pending(state); }

State begun(Phase phase, const CustomerId& customer, const Money& amount) {
    const Money nothing{0, amount.currency};
    return {.phase = phase,
            .customer = customer,
            .requested = amount,
            .captured = nothing,
            .refunded = nothing,
            .refund_asked = nothing,
            .reference = {}};
}

void evolve(State& state, const event::Requested& requested) {
    state = begun(Phase::requested, requested.customer, requested.amount);
}

void evolve(State& state, const event::NotRequired& not_required) {
    state = begun(Phase::not_required, not_required.customer, not_required.amount);
}

void evolve(State& state, const event::Authorised& authorised) {
    state.phase = Phase::authorised;
    state.reference = authorised.reference;
}

void evolve(State& state, const event::Declined&) { state.phase = Phase::declined; }

void evolve(State& state, const event::OutcomeUnknown&) { state.phase = Phase::unknown; }

void evolve(State&, const event::OutcomeResolved&) {}  // the event after it, in the same commit, says what is so now

void evolve(State& state, const event::Captured& captured) {
    state.phase = Phase::captured;
    state.captured = captured.amount;
}

void evolve(State& state, const event::CaptureRefused&) {
    state.phase = Phase::capture_refused;
    ++state.captures_refused;
}

void evolve(State& state, const event::WrittenOff&) { state.phase = Phase::written_off; }

void evolve(State& state, const event::Voided&) { state.phase = Phase::voided; }

void evolve(State& state, const event::RefundRequested& requested) {
    state.refund_asked = requested.amount;
    state.refund_keys.push_back(requested.key);
}

void evolve(State& state, const event::Refunded& refunded) {
    state.refunded.amount += refunded.amount.amount;
    state.refund_asked.amount = 0;
    if (state.refunded == state.captured) state.phase = Phase::refunded;
}

void evolve(State& state, const event::RefundFailed&) { state.refund_asked.amount = 0; }

}  // namespace

Decision<Payment> Payment::decide(const State& state, const Command& command) {
    return std::visit([&state](const auto& one) { return payment::decide(state, one); }, command);
}

bool Payment::follows(const State& state, const Event& event) {
    return std::visit([&](const auto& one) { return fits(state.phase, one) && adds_up(state, one); }, event);
}

Payment::State Payment::evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { payment::evolve(state, one); }, event);
    return state;
}

std::string_view text(Payment::Phase phase) {
    switch (phase) {
        case Phase::absent: return "absent";
        case Phase::requested: return "requested";
        case Phase::unknown: return "unknown";
        case Phase::authorised: return "authorised";
        case Phase::captured: return "captured";
        case Phase::refunded: return "refunded";
        case Phase::declined: return "declined";
        case Phase::voided: return "voided";
        case Phase::not_required: return "notRequired";
        case Phase::capture_refused: return "captureRefused";
        case Phase::written_off: return "writtenOff";
    }
    return "unknown";
}

}  // namespace sillok::payment
