#include "sagas/reconciliation/call_reader.hpp"

#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_names.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace sillok::reconciliation {
namespace {

using saga::Act;

class Journal {
   public:
    Journal(const saga::Definition& definition, OrderEntry& order) : definition_(definition), order_(order) {}

    void operator()(const saga::event::CommandScheduled& event) {
        continues();
        const auto act = saga::act_of(definition_, event.step, event.direction);
        if (!act || !saga::is_payment(*act)) return;
        order_.last_call_step = event.step;
        order_.last_call = *act;
        if (std::ranges::find(calls(), event.command_id, &OpenCall::command_id) == calls().end())
            calls().push_back({event.command_id, *act, event.step});
    }
    void operator()(const saga::event::CommandCompleted& event) {
        if (event.outcome == saga::Outcome::unknown) return;
        const auto call = std::ranges::find(calls(), event.command_id, &OpenCall::command_id);
        if (call == calls().end()) return;
        // The undoing has asked for calls without an outcome by their keys: they cannot succeed any more. The same
        // holds for a capture that another saga has carried out.
        const auto act = call->act;
        const bool is_done = event.outcome == saga::Outcome::done;
        calls().erase(call);
        if (is_done && act == Act::undo_payment) calls().clear();
        if (is_done && act == Act::capture_payment)
            std::erase_if(calls(), [](const OpenCall& one) { return one.act == Act::capture_payment; });
    }
    void operator()(const saga::event::CommandExecuted& event) {
        (*this)(saga::event::scheduled(event));
        (*this)(saga::event::completed(event));
    }
    void operator()(const saga::event::Parked& event) {
        order_.parked_saga = definition_.name;
        order_.parked_why = fmt::format("its {} is parked at {}: {}", definition_.name, event.step, event.reason);
    }
    void operator()(const saga::event::Ended&) { continues(); }
    // The operator's word stands for the outcome of the call that was skipped.
    void operator()(const saga::event::Intervened& event) {
        if (event.verb != saga::OperatorAction::annotate) continues();
        if (event.verb != saga::OperatorAction::skip) return;
        auto& said = order_.operator_words;
        auto words = fmt::format("an operator has skipped {}: {} ({})", event.step, event.result, event.reason);
        if (saga::act_of(definition_, event.step, saga::Direction::forward) == Act::look_for_payment) {
            said.refund = std::move(words);
        } else if (event.step == order_.last_call_step) {
            if (order_.last_call == Act::capture_payment)
                said.capture = std::move(words);
            else if (order_.last_call == Act::undo_payment)
                said.undo = std::move(words);
            std::erase_if(calls(), [&](const OpenCall& call) { return call.act == order_.last_call; });
        }
    }
    template <class Other>
    void operator()(const Other&) {}

   private:
    [[nodiscard]] std::vector<OpenCall>& calls() { return order_.payment.calls; }
    // The saga does not wait for an operator any more.
    void continues() {
        if (order_.parked_saga != definition_.name) return;
        order_.parked_saga.clear();
        order_.parked_why.clear();
    }

    const saga::Definition& definition_;
    OrderEntry& order_;
};

}  // namespace

void CallReader::read(const saga::Event& event) {
    const auto* manager = saga::manager_of(journal_, saga::all_sagas());
    if (manager == nullptr) return;
    const auto order = saga::order_of_journal(manager->definition->name, journal_);
    std::visit(Journal{*manager->definition, entries_.orders[order.value]}, event);
}

}  // namespace sillok::reconciliation
