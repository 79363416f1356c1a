// The payment of one order, as the payment provider has answered:
// requested -> authorised -> captured -> refunded; or declined; voided; unknown until resolved.
// Nothing to pay: not required, and that is all. A capture that is refused may be tried again, or written off.
// Invariant: refunded + refund in progress <= captured <= authorised = requested.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"
#include "eventstore/base/uuid.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace sillok::payment {

namespace event {  // stored; every one that a customer hears of names the customer
struct Requested {
    static constexpr EventName name{"payment.requested", 1};
    CustomerId customer;
    Money amount;
    friend bool operator==(const Requested&, const Requested&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("amount", self.amount);
    }
};
struct Authorised {
    static constexpr EventName name{"payment.authorised", 1};
    CustomerId customer;
    Money amount;
    std::string reference;  // the provider's name for the authorisation
    friend bool operator==(const Authorised&, const Authorised&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("amount", self.amount);
        visit("reference", self.reference);
    }
};
struct Declined {
    static constexpr EventName name{"payment.declined", 1};
    CustomerId customer;
    std::string reason;
    friend bool operator==(const Declined&, const Declined&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("reason", self.reason);
    }
};
struct OutcomeUnknown {  // the provider did not answer: it may have authorised, or not
    static constexpr EventName name{"payment.outcomeUnknown", 1};
    std::string detail;
    friend bool operator==(const OutcomeUnknown&, const OutcomeUnknown&) = default;
    static void fields(auto& self, auto&& visit) { visit("detail", self.detail); }
};
struct OutcomeResolved {  // followed in the same commit by Authorised or Declined
    static constexpr EventName name{"payment.outcomeResolved", 1};
    bool authorised = false;
    friend bool operator==(const OutcomeResolved&, const OutcomeResolved&) = default;
    static void fields(auto& self, auto&& visit) { visit("authorised", self.authorised); }
};
struct Captured {
    static constexpr EventName name{"payment.captured", 1};
    Money amount;
    friend bool operator==(const Captured&, const Captured&) = default;
    static void fields(auto& self, auto&& visit) { visit("amount", self.amount); }
};
struct Voided {
    static constexpr EventName name{"payment.voided", 1};
    friend bool operator==(const Voided&, const Voided&) = default;
    static void fields(auto&, auto&&) {}
};
struct RefundRequestedV1 {
    static constexpr EventName name{"payment.refundRequested", 1};
    Money amount;
    friend bool operator==(const RefundRequestedV1&, const RefundRequestedV1&) = default;
    static void fields(auto& self, auto&& visit) { visit("amount", self.amount); }
};
struct RefundRequested {
    static constexpr EventName name{"payment.refundRequested", 2};
    using Before = RefundRequestedV1;
    static RefundRequested upcast(RefundRequestedV1 before);
    Money amount;
    Uuid key{};  // of the call to the provider; nil: an older program's, which followed from the order
    friend bool operator==(const RefundRequested&, const RefundRequested&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("amount", self.amount);
        visit("key", self.key);
    }
};
struct Refunded {
    static constexpr EventName name{"payment.refunded", 1};
    Money amount;
    friend bool operator==(const Refunded&, const Refunded&) = default;
    static void fields(auto& self, auto&& visit) { visit("amount", self.amount); }
};
struct RefundFailed {
    static constexpr EventName name{"payment.refundFailed", 1};
    Money amount;
    std::string reason;
    friend bool operator==(const RefundFailed&, const RefundFailed&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("amount", self.amount);
        visit("reason", self.reason);
    }
};
struct NotRequired {  // there is nothing to pay: nobody is asked
    static constexpr EventName name{"payment.notRequired", 1};
    CustomerId customer;
    Money amount;  // 0, in the order's currency
    friend bool operator==(const NotRequired&, const NotRequired&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("amount", self.amount);
    }
};
struct CaptureRefused {  // the goods have left, and the provider refuses to pay for them
    static constexpr EventName name{"payment.captureRefused", 1};
    Money amount;
    std::string reason;
    friend bool operator==(const CaptureRefused&, const CaptureRefused&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("amount", self.amount);
        visit("reason", self.reason);
    }
};
struct WrittenOff {  // an operator gives up what could not be captured
    static constexpr EventName name{"payment.writtenOff", 1};
    Money amount;
    std::string reason;
    friend bool operator==(const WrittenOff&, const WrittenOff&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("amount", self.amount);
        visit("reason", self.reason);
    }
};
}  // namespace event

namespace command {
struct Request {
    CustomerId customer;
    Money amount;
};
struct RecordAuthorised {
    std::string reference;
};  // from requested
struct RecordDeclined {
    std::string reason;
};  // from requested
struct RecordOutcomeUnknown {
    std::string detail;
};  // from requested
struct ResolveAuthorised {
    std::string reference;
};  // from unknown
struct ResolveDeclined {
    std::string reason;
};  // from unknown
struct Capture {
    Money amount;
};  // the provider has captured it; at most what was authorised, once
struct RecordNotRequired {
    CustomerId customer;
    Currency currency;
};  // instead of Request, for an amount of 0
struct RecordCaptureRefused {
    Money amount;
    std::string reason;
};  // each time that the provider refuses
struct WriteOff {
    std::string reason;
};  // after a capture that was refused
struct Void {};  // the provider has released the authorisation
struct Refund {
    Money amount;
    Uuid key{};
};  // one at a time; asks, the next two tell
struct RecordRefunded {};
struct RecordRefundFailed {
    std::string reason;
};
}  // namespace command

struct Payment {
    using Id = OrderId;
    using Event =
        std::variant<event::Requested, event::Authorised, event::Declined, event::OutcomeUnknown,
                     event::OutcomeResolved, event::Captured, event::Voided, event::RefundRequested, event::Refunded,
                     event::RefundFailed, event::NotRequired, event::CaptureRefused, event::WrittenOff>;
    using Command = std::variant<command::Request, command::RecordAuthorised, command::RecordDeclined,
                                 command::RecordOutcomeUnknown, command::ResolveAuthorised, command::ResolveDeclined,
                                 command::Capture, command::Void, command::Refund, command::RecordRefunded,
                                 command::RecordRefundFailed, command::RecordNotRequired, command::RecordCaptureRefused,
                                 command::WriteOff>;
    enum class Phase : std::uint8_t {  // stored
        absent,
        requested,
        unknown,
        authorised,
        captured,
        refunded,
        declined,
        voided,
        not_required,
        capture_refused,  // authorised still: the capture can be tried again
        written_off,
    };
    struct State {
        Phase phase = Phase::absent;  // refunded: all that was captured has been refunded
        CustomerId customer;
        Money requested;
        Money captured;
        Money refunded;
        Money refund_asked;  // 0: no refund in progress
        std::string reference;
        std::vector<Uuid> refund_keys{};     // of every refund that was asked for, as RefundRequested has them
        std::uint32_t captures_refused = 0;  // counted
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("phase", self.phase);
            visit("customerId", self.customer);
            visit("requested", self.requested);
            visit("captured", self.captured);
            visit("refunded", self.refunded);
            visit("refundAsked", self.refund_asked);
            visit("reference", self.reference);
            visit("refundKeys", self.refund_keys);
            visit("capturesRefused", self.captures_refused);
        }
    };
    static constexpr std::string_view category = "payment";
    static constexpr std::uint32_t state_version = 4;
    static Decision<Payment> decide(const State& state, const Command& command);
    static bool follows(const State& state, const Event& event);
    static State evolve(State state, const Event& event);
};

std::string_view text(Payment::Phase phase);

// Whether the provider holds the amount for us: authorised, also if it has refused to capture it.
constexpr bool is_held(Payment::Phase phase) {
    return phase == Payment::Phase::authorised || phase == Payment::Phase::capture_refused;
}

}  // namespace sillok::payment
