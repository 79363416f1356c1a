// What the journals say of a call to the payment provider, by the call's idempotency key; and whether what the provider
// tells of it can be about the same call.
//
// Threads: any thread may call any function.
// Errors:  a journal that this program cannot read throws JournalUnreadable.
#pragma once

#include "aggregates/payment.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace sillok::saga {

// Every durable event of one journal, oldest first; what was performed in one commit as an intent and its outcome.
void each_journal_event(const EventStore& store, const std::string& stream,
                        const std::function<void(const Event&)>& visit);

// The call that an intent announced.
struct CallRecord {
    const Manager* manager = nullptr;
    std::string stream;  // the journal in which it was intended
    Act act = Act::authorise_payment;
    std::optional<Outcome> outcome;  // where it is final: done or refused
};
// Nothing where none of the order's sagas has intended such a call. REQUIRES: the payment is the order's.
std::optional<CallRecord> find_call(const EventStore& store, const OrderId& order, const Uuid& key,
                                    const payment::Payment::State& payment, std::span<const Manager> among);

// The key under which the order's money is paid back for the first, second ... time. Two sagas can come to owe the same
// money back: goods that have returned, and an order that was cancelled meanwhile. They ask for one refund, so it has
// one key. All other calls have their intent's command id.
Uuid refund_key(const OrderId& order, std::uint32_t number);

// What of a booking cannot be, by the books on this side.
enum class Mismatch : std::uint8_t { operation, customer, currency, amount, reference };
// REQUIRES: the payment is that of the booking's order, and has been requested.
std::optional<Mismatch> mismatch_of(const ProviderOperation& operation, Act act,
                                    const payment::Payment::State& payment);

}  // namespace sillok::saga
