// A process may die after any event of a journal. The next process continues from the events alone.
#include "sagas/cancellation.hpp"
#include "sagas/fulfilment.hpp"
#include "tests/sagas/saga_scenario.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace sillok::saga {
namespace {

// Continues a saga until no command is pending. The world responds to every command.
using World = std::function<then(SagaScenario&)>;

then all_done(SagaScenario& saga) { return saga.when_done(); }

World refusing(std::string step, std::string code) {
    return [step = std::move(step), code = std::move(code)](SagaScenario& saga) {
        const auto& open = *saga.state().pending();
        const auto& name = saga.state().definition->steps[open.step.step].name;
        const bool forward = is_in<phase::Forward>(saga.state());
        return forward && name == step ? saga.when_refused(code) : saga.when_done();
    };
}

// The first three calls to the payment provider have no response.
then unknown_at_first(SagaScenario& saga) {
    const auto intent = *saga.pending_intent();
    return is_payment(intent.act) && intent.attempt <= 3 ? saga.when_unanswered() : saga.when_done();
}
// No call to the payment provider has a response.
then always_unknown(SagaScenario& saga) {
    return is_payment(saga.pending_intent()->act) ? saga.when_unanswered() : saga.when_done();
}

void play(SagaScenario& saga, const World& world) {
    saga.continues();
    for (int turns = 0; saga.pending_intent() && turns < 200; ++turns) {
        if (saga.waits_until())
            saga.when_time_passes(3'600'000);
        else
            world(saga);
    }
}

struct Story {
    std::string about;
    SagaScenario saga;
    std::vector<std::string> triggers;
    World world;
    bool goes_by_time = false;  // what follows depends on when the process comes back
};

then whole_journal(const SagaScenario& saga) {
    then all;
    for (const auto& event : saga.journal()) all.push_back(told(event));
    return all;
}

void tell(SagaScenario& saga, const Story& story, std::size_t from) {
    play(saga, story.world);
    for (auto i = from; i < story.triggers.size(); ++i) {
        saga.when_received(story.triggers[i]);
        play(saga, story.world);
    }
}

std::vector<Story> stories() {
    const auto order = [] { return given<Fulfilment>({{"tv", 3}, {"mat", 1}}); };
    const auto hurried = [&order] {
        auto saga = order();
        saga.given_expiry_after(1'800'000);  // half of the time that every attempt waits for here
        return saga;
    };
    const auto cancelled = [] { return given<Cancellation>({{"tv", 3}, {"mat", 1}}); };
    const std::vector<std::string> whole{"order.placed", "delivery.started", "delivery.completed"};
    const std::vector<std::string> cancelling{"order.cancellationRequested", "saga.ended"};
    return {
        {"an order that goes all the way", order(), whole, all_done},
        {"stock short", order(), whole, refusing("reserve", "insufficient-stock")},
        {"payment declined", order(), whole, refusing("authorise", "payment-declined")},
        {"confirmation refused", order(), whole, refusing("confirm", "order-unknown")},
        {"a provider that answers late", order(), whole, unknown_at_first},
        {"a provider that never answers", order(), whole, always_unknown},
        {"a reservation that runs out", hurried(), {"order.placed"}, always_unknown, true},
        {"a reservation that runs out while the provider is slow", hurried(), whole, unknown_at_first, true},
        {"a capture that is refused", order(), whole, refusing("capture", "provider-declined")},
        {"goods that come back", order(), {"order.placed", "delivery.started", "delivery.returned"}, all_done},
        {"goods that come back at last",
         order(),
         {"order.placed", "delivery.started", "delivery.completed", "delivery.returned"},
         all_done},
        {"a cancelled order", order(), {"order.placed", "order.cancellationRequested"}, all_done},
        {"a cancellation", cancelled(), cancelling, all_done},
        {"a cancellation that comes too late", cancelled(), cancelling,
         refusing("cancel-delivery", "already-delivered")},
        {"a cancellation with a slow provider", cancelled(), cancelling, unknown_at_first},
    };
}

// The number of triggers in the journal.
std::size_t heard(const SagaScenario& saga) {
    std::size_t count = 0;
    for (const auto& event : saga.journal())
        count += std::holds_alternative<event::Started>(event) ||
                 std::holds_alternative<event::TriggerReceived>(event) ||
                 std::holds_alternative<event::Reopened>(event) || std::holds_alternative<event::Ignored>(event);
    return count;
}

TEST_CASE("after any event the pending intent has its own command id") {
    for (auto& story : stories()) {
        CAPTURE(story.about);
        auto whole = story.saga;
        tell(whole, story, 0);
        for (std::size_t events = 0; events <= whole.journal().size(); ++events) {
            CAPTURE(events);
            const auto cut = whole.crashed_after(events);
            const auto* intended =
                events == 0 ? nullptr : std::get_if<event::CommandScheduled>(&whole.journal()[events - 1]);
            if (intended != nullptr) {
                REQUIRE(cut.pending_intent());
                CHECK(cut.pending_intent()->command_id == intended->command_id);
                CHECK(cut.pending_intent()->attempt == intended->attempt);
                CHECK(cut.pending_intent()->query == intended->query);
                CHECK_FALSE(cut.waits_until());
            }
            const auto* settled =
                events == 0 ? nullptr : std::get_if<event::CommandCompleted>(&whole.journal()[events - 1]);
            if (settled != nullptr && settled->outcome != Outcome::unknown) CHECK_FALSE(cut.pending_intent());
            if (settled != nullptr && settled->outcome == Outcome::unknown) {
                REQUIRE(cut.pending_intent());
                CHECK(cut.pending_intent()->command_id == settled->command_id);
                CHECK(cut.waits_until() == settled->retry_at);
            }
            CHECK(cut.pending_intent() == whole.crashed_after(events).pending_intent());
        }
    }
}

TEST_CASE("a saga that died after any event ends with the same journal") {
    for (auto& story : stories()) {
        if (story.goes_by_time) continue;
        CAPTURE(story.about);
        auto whole = story.saga;
        tell(whole, story, 0);
        const auto expected = whole_journal(whole);
        for (std::size_t events = 0; events <= whole.journal().size(); ++events) {
            CAPTURE(events);
            auto cut = whole.crashed_after(events);
            tell(cut, story, heard(cut));
            CHECK(whole_journal(cut) == expected);
        }
    }
}

TEST_CASE("every story ends or is parked") {
    for (auto& story : stories()) {
        CAPTURE(story.about);
        tell(story.saga, story, 0);
        CHECK((story.saga.has_ended() || story.saga.state().parked));
    }
}

}  // namespace
}  // namespace sillok::saga
