#include "sagas/payment_simulator/provider_ledger.hpp"

#include <cassert>
#include <utility>

namespace sillok {
namespace {

using Operation = Booking::Operation;

bool is_same_call(const Booking& booking, const BookingCall& call) {
    if (booking.operation == Operation::give_up) return true;
    if (booking.operation != call.operation || booking.order != call.order) return false;
    if (call.operation == Operation::authorise)
        return booking.customer == call.customer && booking.amount == call.amount;
    return booking.reference == call.reference &&
           (call.operation == Operation::let_go || booking.amount == call.amount);
}

std::expected<void, std::string> apply(const Booking& booking, LedgerEntry& entry) {
    switch (booking.operation) {
        case Operation::capture: return capture(entry, booking.amount.amount);
        case Operation::refund: return refund(entry, booking.amount.amount);
        default: return let_go(entry);
    }
}

}  // namespace

const Booking* ProviderBooks::find(const Uuid& key) const {
    const auto found = bookings_.find(key);
    return found == bookings_.end() ? nullptr : &found->second;
}

const LedgerAccount* ProviderBooks::account(std::string_view reference) const {
    const auto found = by_reference_.find(reference);
    return found == by_reference_.end() ? nullptr : found->second;
}

bool ProviderBooks::has_room_for(Operation operation) const {
    if (operation == Operation::authorise) return authorisations_ < authorisations_max_;
    return (bookings_.size() - authorisations_) / 4 < authorisations_max_;
}

std::expected<Booking, ProviderBooks::Refusal> ProviderBooks::look_up(const BookingCall& call) const {
    if (const auto* known = find(call.key)) {
        if (!is_same_call(*known, call)) return std::unexpected(Refusal::key_used);
        return *known;
    }
    Booking booking{call.operation, call.key, call.order, call.customer, call.amount, call.reference, std::nullopt};
    if (call.operation == Operation::authorise) {
        booking.reference = call.key.text();
    } else {
        const auto* of = account(call.reference);
        if (of == nullptr) return std::unexpected(Refusal::reference_unknown);
        if (of->entry.order != call.order) return std::unexpected(Refusal::order_differs);
        if (call.operation == Operation::let_go)
            booking.amount = of->entry.authorised;
        else if (of->entry.authorised.currency != call.amount.currency)
            return std::unexpected(Refusal::currency_differs);
        booking.customer = of->entry.customer;
    }
    if (!has_room_for(call.operation)) return std::unexpected(Refusal::full);
    return booking;
}

const Booking& ProviderBooks::book(Booking booking, std::optional<std::string> decline) {
    if (booking.operation == Operation::authorise) {
        ++authorisations_;
        booking.declined = std::move(decline);
        if (!booking.declined) {
            auto& opened =
                accounts_.emplace_back(booking.reference, LedgerEntry{booking.order, booking.customer, booking.amount});
            by_reference_.emplace(opened.reference, &opened);
        }
    } else if (const auto applied = apply(booking, by_reference_.at(booking.reference)->entry); !applied) {
        booking.declined = applied.error();
    }
    const auto [entry, fresh] = bookings_.emplace(booking.key, std::move(booking));
    assert(fresh);
    return entry->second;
}

const Booking* ProviderBooks::give_up(const Uuid& key) {
    if (const auto* known = find(key)) return known;
    if (!has_room_for(Operation::give_up)) return nullptr;
    return &bookings_.emplace(key, given_up(key)).first->second;
}

std::expected<void, std::string> ProviderBooks::book_again(const Booking& booking) {
    if (find(booking.key) != nullptr) return std::unexpected("its key was booked before");
    if (booking.operation == Operation::give_up) {
        if (give_up(booking.key) == nullptr) return std::unexpected(std::string{text(Refusal::full)});
        return {};
    }
    auto looked_up =
        look_up({booking.operation, booking.key, booking.order, booking.customer, booking.amount, booking.reference});
    if (!looked_up) return std::unexpected(std::string{text(looked_up.error())});
    const bool authorises = booking.operation == Operation::authorise;
    const auto& again = book(*std::move(looked_up), authorises ? booking.declined : std::nullopt);
    if (again != booking) return std::unexpected("it does not follow from what was booked before");
    return {};
}

std::string_view text(ProviderBooks::Refusal refusal) {
    using Refusal = ProviderBooks::Refusal;
    switch (refusal) {
        case Refusal::reference_unknown: return "no such authorisation was approved here";
        case Refusal::order_differs: return "the authorisation was for another order";
        case Refusal::currency_differs: return "the authorisation was in another currency";
        case Refusal::key_used: return "the idempotency key stands for another call";
        case Refusal::full: return "the books are full";
    }
    std::unreachable();
}

}  // namespace sillok
