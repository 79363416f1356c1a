// The payment of one order, as the payment provider has answered:
// requested -> authorised -> captured -> refunded; or declined; voided; unknown until resolved.
// Invariant: refunded + refund in progress <= captured <= authorised = requested.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"

#include <cstdint>
#include <string>
#include <variant>

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
struct RefundRequested {
    static constexpr EventName name{"payment.refundRequested", 1};
    Money amount;
    friend bool operator==(const RefundRequested&, const RefundRequested&) = default;
    static void fields(auto& self, auto&& visit) { visit("amount", self.amount); }
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
struct Void {};  // the provider has released the authorisation
struct Refund {
    Money amount;
};  // one at a time; asks, the next two tell
struct RecordRefunded {};
struct RecordRefundFailed {
    std::string reason;
};
}  // namespace command

struct Payment {
    using Id = OrderId;
    using Event = std::variant<event::Requested, event::Authorised, event::Declined, event::OutcomeUnknown,
                               event::OutcomeResolved, event::Captured, event::Voided, event::RefundRequested,
                               event::Refunded, event::RefundFailed>;
    using Command = std::variant<command::Request, command::RecordAuthorised, command::RecordDeclined,
                                 command::RecordOutcomeUnknown, command::ResolveAuthorised, command::ResolveDeclined,
                                 command::Capture, command::Void, command::Refund, command::RecordRefunded,
                                 command::RecordRefundFailed>;
    enum class Phase : std::uint8_t { absent, requested, unknown, authorised, captured, refunded, declined, voided };
    struct State {
        Phase phase = Phase::absent;  // refunded: all that was captured has been refunded
        CustomerId customer;
        Money requested;
        Money captured;
        Money refunded;
        Money refund_asked;  // 0: no refund in progress
        std::string reference;
        std::uint32_t refunds_asked = 0;  // counted, with every outcome
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("phase", self.phase);
            visit("customerId", self.customer);
            visit("requested", self.requested);
            visit("captured", self.captured);
            visit("refunded", self.refunded);
            visit("refundAsked", self.refund_asked);
            visit("reference", self.reference);
            visit("refundsAsked", self.refunds_asked);
        }
    };
    static constexpr std::string_view category = "payment";
    static constexpr std::uint32_t state_version = 2;
    static Decision<Payment> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};

std::string_view text(Payment::Phase phase);

}  // namespace sillok::payment
