// A saga without an engine, in the tests' own language: given a saga, when something happens, then events are recorded.
//
//     auto saga = given<Fulfilment>({{"tv", 3}});
//     CHECK(saga.when_received("order.placed") == then{"started", "intends reserve stock-tv"});
//     CHECK(saga.when_done() == then{"done reserve", "intends authorise payment-o1"});
#pragma once

#include "sagas/engine/interventions.hpp"
#include "sagas/engine/process_manager.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok::saga {

// Journal events in words, one after the other.
using then = std::vector<std::string>;

// A journal event in a few words: "intends reserve stock-tv", "undone authorise", "refused confirm order-unknown".
std::string told(const Event& event);

class SagaScenario {
   public:
    using Items = std::vector<std::pair<std::string, std::int64_t>>;  // products and quantities

    SagaScenario(Manager manager, Items items);

    // ---- given
    void given_provider_unavailable(bool unavailable) { unavailable_ = unavailable; }
    void given_order_stands() { order_stands_ = true; }
    // An order that is placed now expires after this time.
    void given_expiry_after(std::int64_t ms) { expires_at_ = Timestamp{now_.value + ms}; }

    // ---- when: each returns the events that are recorded because of it
    then when_received(std::string_view type);        // a trigger at the next position
    then when_received_again(std::string_view type);  // the last trigger, at its old position
    then when_done(std::string_view code = {});       // the pending command
    then when_refused(std::string code);
    then when_unanswered();
    then when_time_passes(std::int64_t ms);
    // Returns {"not allowed: past the pivot"} if the action is refused.
    then when_operator(const Intervention& intervention);
    // The outcome of this command comes a second time. Throws if that changes the state.
    void when_completed_again(const Uuid& command_id);
    // The events that follow from the state alone.
    then continues();

    // ---- then
    [[nodiscard]] const State& state() const { return state_; }
    [[nodiscard]] bool has_ended() const { return is_in<phase::Ended>(state_); }
    [[nodiscard]] const std::vector<Event>& journal() const { return journal_; }
    [[nodiscard]] std::optional<Intent> pending_intent() const { return resume(state_); }
    // The time of the next attempt, if the saga waits for it.
    [[nodiscard]] std::optional<Timestamp> waits_until() const;
    [[nodiscard]] Timestamp now() const { return now_; }

    // The same saga after a crash that left only the first `events` of its journal.
    [[nodiscard]] SagaScenario crashed_after(std::size_t events) const;

   private:
    then receive(std::string_view type, Position at);
    then complete(const StepResult& result);
    void record(Event event);
    DecisionContext context();

    Manager manager_;
    Items items_;
    State state_;
    std::vector<Event> journal_;
    Position last_trigger_;
    Timestamp now_{1'000'000};
    std::optional<Timestamp> expires_at_;
    bool unavailable_ = false;
    bool order_stands_ = false;
    std::optional<Timestamp> unavailable_until_;
};

// A saga of an order of these items that has not started.
template <ProcessManager P>
SagaScenario given(SagaScenario::Items items) {
    return {manager<P>("test"), std::move(items)};
}

}  // namespace sillok::saga
