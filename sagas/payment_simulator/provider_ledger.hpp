// The books of a payment provider: an account for each authorisation, and under each idempotency key what came of
// the call with it.
//
// Memory:  everything, for what a provider has forgotten cannot be captured, paid back or reconciled. There is room
//          for `authorisations_max` calls to authorise, declined ones among them; a further one is refused, and says
//          so. Of other calls there is room for four times as many, so that what has been authorised can be brought to
//          an end.
// Threads: one at a time.
#pragma once

#include "sagas/payment_simulator/ledger_entry.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sillok {

// A call as it comes in.
struct BookingCall {
    Booking::Operation operation = Booking::Operation::authorise;
    Uuid key;
    OrderId order;
    CustomerId customer;    // of an authorisation
    Money amount;           // of all but letting go
    std::string reference;  // of all but an authorisation
};

class ProviderBooks {
   public:
    enum class Refusal : std::uint8_t {
        reference_unknown,  // no such authorisation was approved here
        order_differs,      // the authorisation was for another order
        currency_differs,   // it was in another currency
        key_used,           // the key stands for another call
        full,               // there is no room for more
    };

    explicit ProviderBooks(std::size_t authorisations_max) : authorisations_max_(authorisations_max) {}

    // What the call would be booked as were it declined nowhere; or why it cannot be a booking at all. Changes nothing.
    // A call whose key is known is that booking; one whose key was given up is declined.
    // REQUIRES: a valid order, for an authorisation a valid customer, an amount that is not negative.
    [[nodiscard]] std::expected<Booking, Refusal> look_up(const BookingCall& call) const;
    [[nodiscard]] const Booking* find(const Uuid& key) const;

    // Books what look_up() gave; `decline`: a reason not to, for authorisations. The booking as it stands now.
    // REQUIRES: its key is not known.
    const Booking& book(Booking booking, std::optional<std::string> decline = std::nullopt);

    // Nothing is booked under that key any more, unless it has been: that booking, or the note that it was given up.
    // Nothing where there is no room for the note.
    const Booking* give_up(const Uuid& key);

    // Books it again as it was booked before. The error says why that cannot be.
    std::expected<void, std::string> book_again(const Booking& booking);

    // What was approved, the oldest first; entries change, and none ever goes.
    [[nodiscard]] const std::deque<LedgerAccount>& ledger() const { return accounts_; }

   private:
    [[nodiscard]] const LedgerAccount* account(std::string_view reference) const;
    [[nodiscard]] bool has_room_for(Booking::Operation operation) const;

    const std::size_t authorisations_max_;
    std::size_t authorisations_ = 0;  // calls, declined ones among them
    std::unordered_map<Uuid, Booking> bookings_;
    std::deque<LedgerAccount> accounts_;
    std::unordered_map<std::string_view, LedgerAccount*> by_reference_;  // into accounts_, where nothing moves
};

std::string_view text(ProviderBooks::Refusal refusal);

}  // namespace sillok
