// Carries out what a saga intends: commands to our own aggregates at once, calls to the payment provider in
// three parts (set out, ask, bring home), so that whoever sends it on an errand can wait for the disk between.
// What is decided goes into a unit of work, which is whoever's who sends it: that has it accepted by the log together
// with what its journal says about it. Each member asks one aggregate, of which the unit must have nothing yet.
//
// Repeats: carrying an intent out again under its command id changes nothing and gives the same answer; what
//          already stands, and an undoing that finds nothing to undo, is done.
// Threads: one at a time.
// Errors:  Unexpected when an aggregate answers what no rule foresees.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/unit_of_work.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "sagas/engine/saga_targets.hpp"
#include "sagas/payments/payments.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

namespace sillok::saga {

class LogUnavailable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
class Unexpected : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The log has refused a proposal: lets the disk catch up where that helps, and it can be proposed again.
// Throws where there is no hope.
void give_way(EventStore& store, const AppendError& error);

// A call that the payment provider owes an answer to.
struct PaymentErrand {
    enum class Ask : std::uint8_t { authorise, capture, void_authorisation, refund };
    Ask ask = Ask::authorise;
    bool query = false;  // only ask what came of it, and let it not happen any more
    PaymentCall call;
    bool to_undo = false;  // it asks what came of the authorisation that is to be undone
};

// Whether what the provider has booked is what the errand asks about.
bool is_about(const PaymentErrand& errand, const ProviderOperation& operation);

// Asks the provider. REQUIRES: the intent, and what set_out recorded of it, are durable.
asio::awaitable<ProviderResponse> ask(Payments& payments, PaymentErrand errand);

class Errands {
   public:
    // REQUIRES: everything referred to outlives it.
    Errands(EventStore& store, SagaTargets targets, UnitOfWork& work);

    // What an order is about: from the event that placed it, or from its state.
    OrderDetails facts(const Recorded& recorded, const OrderId& order);

    // A command to one of our aggregates. `resumed`: the intent stands in the log already.
    // REQUIRES: !is_payment(intent.act).
    enum class Resumed : bool { no, yes };
    StepResult carry_out(const State& state, const Intent& intent, Resumed resumed);

    // Whether set_out() would have to ask. REQUIRES: is_payment(intent.act).
    bool needs_provider(const State& state, const Intent& intent);
    // Records what is about to be asked of the provider. An answer where nothing needs to be asked.
    // REQUIRES: is_payment(intent.act).
    std::variant<StepResult, PaymentErrand> set_out(const State& state, const Intent& intent);
    // Records what the provider said.
    StepResult bring_home(const PaymentErrand& errand, const ProviderResponse& said);

    // The order's payment, as it stands now.
    payment::Payment::State payment(const OrderId& order);

   private:
    StepResult give_back(const ProductId& product, const OrderId& order, const Uuid& command_id);
    StepResult order_command(const State& state, const Intent& intent);
    std::variant<StepResult, PaymentErrand> set_out_to_undo(PaymentErrand errand, const payment::Payment::State& now);
    // The key under which the order's payment was to be authorised; nothing where it never was.
    std::optional<Uuid> authorisation_key(const OrderId& order) const;
    // The answer to this call concerns the refund that the payment waits for.
    bool is_refund_under_way(const PaymentCall& call);
    StepResult bring_home_authorised(const PaymentErrand& errand, const provider::Approved& said);
    StepResult bring_home_declined(const PaymentErrand& errand, std::string code, const std::string& reason);
    StepResult bring_home_unknown(const PaymentErrand& errand, const provider::Unknown& said);

    EventStore& store_;
    SagaTargets targets_;
    UnitOfWork& work_;
};

}  // namespace sillok::saga
