// The idempotency keys of an order's calls to the payment provider, and which saga made the call with a given key.
//
// A call has the command id of the saga's intent as its key. Only refunds, and captures that were refused before, have
// keys of their own.
// Unique:  a key is made of the log and of the epoch in which the call is made, so no other log has it: neither one
//          with the same order ids, nor one that goes on from a copy of the same events.
// Stored:  the key stands in the log before the call is made, and is read from there from then on. So a call keeps its
//          key in later epochs, and the calls of older programs keep theirs, which were made of the order alone.
// Threads: any thread may call any function.
// Errors:  a journal event that this program cannot read throws JournalUnreadable.
#pragma once

#include "aggregates/payment.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/process_manager.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sillok::saga {

// What makes keys unique to a log and an epoch. Nil if the log has no identity yet, being open for reading only.
Uuid key_space_of(const LogIdentity& log, Epoch epoch);

// A new key for the first, second ... refund of an order. It follows from the order and not from the saga: a return and
// a cancellation can both owe the same money back, and then ask for one refund. `key_space`: nil in older programs.
Uuid new_refund_key(const Uuid& key_space, const OrderId& order, std::uint32_t number);

// The key under which the first, second ... refund of an order was asked for.
// REQUIRES: 1 <= number <= payment.refund_keys.size().
Uuid refund_key(const OrderId& order, const payment::Payment::State& payment, std::size_t number);

// The key of a capture that the provider has refused this number of times. A refused call has the same answer for ever,
// so the next attempt is another call. The first has the command id of its intent.
Uuid capture_key(const Uuid& command_id, std::uint32_t refused);

// Returns the key of the call that was to authorise the order's payment. Returns nothing if no saga has scheduled one.
// The payment's own events do not tell it.
std::optional<Uuid> authorisation_key(const EventStore& store, const OrderId& order, std::span<const Manager> managers);

// The code of an outcome `unknown` after which it is certain that the payment was not captured. Stored.
inline constexpr std::string_view not_captured_code = "not-captured";
// Returns the key of a call that was to capture the order's payment and has no outcome. A saga that was overtaken
// leaves one to the saga that undoes the payment. Returns nothing if there is none, or if it certainly did nothing.
// `own`: the key of the caller's own call, which is not meant.
std::optional<Uuid> open_capture_key(const EventStore& store, const OrderId& order, const Uuid& own,
                                     std::span<const Manager> managers);

// A call as the journals tell of it.
struct CallRecord {
    const Manager* manager = nullptr;
    std::string stream;  // the journal of the saga that scheduled it
    Act act = Act::authorise_payment;
    std::optional<Outcome> outcome;  // if it is final: done or refused
};
// Returns the call with that key. Returns nothing if none of the order's sagas has scheduled it.
// REQUIRES: the payment is the order's.
std::optional<CallRecord> find_call(const EventStore& store, const OrderId& order, const Uuid& key,
                                    const payment::Payment::State& payment, std::span<const Manager> managers);

}  // namespace sillok::saga
