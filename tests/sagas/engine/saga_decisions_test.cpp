// One action after another, decided from a state alone: no store, no engine, no provider.
#include "sagas/engine/saga_decisions.hpp"

#include "sagas/fulfilment.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <variant>

namespace sillok::saga {
namespace {

constexpr Timestamp placed_at{1'000'000};

Trigger order_placed() {
    return {.position = Position{1},
            .type = "order.placed",
            .order = OrderId{"o1"},
            .details = OrderDetails{CustomerId{"kim"}, "Seoul", {300, {{'K', 'R', 'W'}}}, {{ProductId{"tv"}, {3}}}},
            .expires_at = expiry_of(Fulfilment::definition(), placed_at, std::nullopt)};
}

State started() {
    const State absent{Fulfilment::definition()};
    return evolve(absent, Fulfilment::react(absent, order_placed()).value());
}

// Records what follows, until something must be done or waited for.
Action settle_down(State& state, const DecisionContext& context) {
    for (;;) {
        auto action = advance(state, context);
        auto* record = std::get_if<action::Record>(&action);
        if (record == nullptr) return action;
        state = evolve(std::move(state), record->event);
    }
}

State with(State state, const StepResult& result, const DecisionContext& context) {
    return evolve(state, settle(state, result, context));
}

// The payment's authorisation is pending.
State authorising() {
    auto state = started();
    settle_down(state, {.now = placed_at});
    state = with(std::move(state), {}, {.now = placed_at});
    settle_down(state, {.now = placed_at});
    return state;
}

TEST_CASE("a saga that has not started waits") {
    CHECK(advance(State{Fulfilment::definition()}, {.now = placed_at}) == Action{action::Wait{}});
}

TEST_CASE("an intent is recorded before its command is executed") {
    auto state = started();
    const auto first = advance(state, {.now = placed_at});
    const auto& recorded = std::get<action::Record>(first).event;
    CHECK(std::get<event::CommandScheduled>(recorded).step == "reserve");
    state = evolve(std::move(state), recorded);
    const auto intent = std::get<action::Execute>(advance(state, {.now = placed_at})).intent;
    CHECK(intent.act == Act::reserve_stock);
    CHECK(intent.command_id == std::get<event::CommandScheduled>(recorded).command_id);
}

TEST_CASE("a payment is a call to the provider, and the same call until its outcome is recorded") {
    const auto state = authorising();
    const auto call = advance(state, {.now = placed_at});
    CHECK(std::get<action::Call>(call).intent.act == Act::authorise_payment);
    CHECK(advance(state, {.now = Timestamp{placed_at.value + 1}, .random_bits = 7}) == call);
}

TEST_CASE("a call without a response waits for the time of its next attempt") {
    auto state = with(authorising(), {.outcome = Outcome::unknown}, {.now = placed_at, .random_bits = 41});
    const Timestamp retry_at{placed_at.value + 42};
    CHECK(advance(state, {.now = placed_at}) == Action{action::WaitUntil{retry_at}});
    CHECK(std::holds_alternative<action::Call>(settle_down(state, {.now = retry_at})));
    CHECK(resume(state)->attempt == 2);
}

TEST_CASE("a saga expires after its definition's time, or after the time that was given instead") {
    CHECK(expires_at(started()) == Timestamp{placed_at.value + 900'000});
    CHECK(expiry_of(Fulfilment::definition(), placed_at, std::chrono::seconds{60}) ==
          Timestamp{placed_at.value + 60'000});
    const auto state = authorising();
    CHECK_FALSE(is_expired(state, Timestamp{placed_at.value + 899'999}));
    const auto expired = advance(state, {.now = Timestamp{placed_at.value + 900'000}});
    CHECK(std::get<event::CompensationStarted>(std::get<action::Record>(expired).event).reason ==
          text(CompensationReason::reservation_expired));
}

TEST_CASE("a confirmation that may have happened does not expire") {
    auto state = with(authorising(), {}, {.now = placed_at});
    CHECK(expires_at(state));
    settle_down(state, {.now = placed_at});
    REQUIRE(resume(state)->act == Act::confirm_order);
    CHECK_FALSE(expires_at(state));
}

TEST_CASE("a response is awaited by its own attempt only") {
    const auto state = authorising();
    const auto intent = resume(state).value();
    CHECK(awaits(state, intent.command_id, 1));
    CHECK_FALSE(awaits(state, intent.command_id, 2));
    CHECK_FALSE(awaits(state, uuid_v7(1, 2, 3), 1));
    const auto unknown = with(state, {.outcome = Outcome::unknown}, {.now = placed_at});
    CHECK_FALSE(awaits(unknown, intent.command_id, 1));
}

TEST_CASE("a saga that is parked without a response can still be answered") {
    auto state = authorising();
    const DecisionContext late{.now = Timestamp{placed_at.value + 800'000}};
    for (int attempt = 0; attempt < 10 && !state.parked; ++attempt) {
        state = with(std::move(state), {.outcome = Outcome::unknown}, {.now = placed_at});
        settle_down(state, late);
    }
    REQUIRE(state.parked);
    CHECK(is_parked_without_response(state));
    CHECK_FALSE(resume(state));
    CHECK(answerable_intent(state)->act == Act::authorise_payment);
    CHECK(advance(state, late) == Action{action::Wait{}});
}

}  // namespace
}  // namespace sillok::saga
