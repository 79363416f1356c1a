// Prepares a saga's calls to the payment provider and records the responses: authorise, capture, undo.
//
// The call itself is made by the caller, between prepare() and record(). It may be made when the events that prepare()
// added are durable.
// Decisions are added to the caller's unit of work. The caller commits them together with the saga's journal entry.
// Repeats: a call that is prepared again has the same key, so the provider executes it once. An act whose effect is
//          there already, and an undo of nothing, is done.
// Threads: one at a time.
// Errors:  UnforeseenAnswer if the provider's response contradicts the payment.
//          JournalUnreadable if the key of an authorisation stands in a journal that cannot be read.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/unit_of_work.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/provider_request.hpp"
#include "sagas/engine/saga_decisions.hpp"

#include <span>
#include <string>
#include <variant>

namespace sillok::saga {

class ProviderCalls {
   public:
    // REQUIRES: everything referred to outlives it.
    ProviderCalls(const EventStore& store, CommandProcessor<payment::Payment>& payments, UnitOfWork& unit,
                  std::span<const Manager> managers);

    // Of the calls that are scheduled now (provider_call_keys.hpp).
    [[nodiscard]] const Uuid& key_space() const { return key_space_; }

    // The order's payment, as it stands now. REQUIRES (all members): the unit has nothing yet of this payment.
    payment::Payment::State payment(const OrderId& order);

    // Whether the order's payment was never asked for. That it is asked for is recorded before the first call.
    bool was_never_asked(const State& state);
    // Whether prepare() may return a request. REQUIRES: is_payment(intent.act).
    bool needs_provider(const State& state, const Intent& intent);
    // Returns the request to be sent. Returns an answer if nothing has to be sent. REQUIRES: is_payment(intent.act).
    std::variant<StepResult, ProviderRequest> prepare(const State& state, const Intent& intent);
    // Records what the provider responded, and returns what it means for the saga's step.
    StepResult record(const ProviderRequest& request, const ProviderResponse& response);
    // Gives up a payment whose capture was refused. Returns whether it could be.
    bool write_off(const OrderId& order, const std::string& reason, const Uuid& command_id);

   private:
    const EventStore& store_;
    CommandProcessor<payment::Payment>& payments_;
    UnitOfWork& unit_;
    const std::span<const Manager> managers_;
    const Uuid key_space_;
};

}  // namespace sillok::saga
