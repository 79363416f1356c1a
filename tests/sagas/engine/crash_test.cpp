// A process may die after any event of a journal. What its successor owes follows from the events alone.
#include "sagas/cancellation.hpp"
#include "sagas/fulfilment.hpp"
#include "tests/sagas/tale.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace sillok::saga {
namespace {

// Goes on with a tale until nothing is owed: every command is answered as the world answers that step.
using World = std::function<lines(Tale&)>;

lines all_done(Tale& tale) { return tale.is_done(); }

World refusing(std::string step, std::string code) {
    return [step = std::move(step), code = std::move(code)](Tale& tale) {
        const auto& open = *tale.state().open;
        const auto& name = tale.state().definition->steps[open.place.step].name;
        const bool forward = tale.state().course == Course::forward;
        return forward && name == step ? tale.is_refused(code) : tale.is_done();
    };
}

// Never answers the payment provider's first three calls.
lines unknown_at_first(Tale& tale) {
    const auto intent = *tale.owed();
    return is_payment(intent.act) && intent.attempt <= 3 ? tale.is_unknown() : tale.is_done();
}
// Never answers the payment provider at all.
lines always_unknown(Tale& tale) { return is_payment(tale.owed()->act) ? tale.is_unknown() : tale.is_done(); }

void play(Tale& tale, const World& world) {
    tale.goes_on();
    for (int turns = 0; tale.owed() && turns < 200; ++turns) {
        if (tale.owed()->not_before.value != 0)
            tale.passes(3'600'000);
        else
            world(tale);
    }
}

struct Story {
    std::string about;
    Tale tale;
    std::vector<std::string> triggers;
    World world;
    bool goes_by_time = false;  // what follows depends on when the process comes back
};

lines whole_journal(const Tale& tale) {
    lines all;
    for (const auto& event : tale.journal()) all.push_back(told(event));
    return all;
}

void tell(Tale& tale, const Story& story, std::size_t from) {
    play(tale, story.world);
    for (auto i = from; i < story.triggers.size(); ++i) {
        tale.hears(story.triggers[i]);
        play(tale, story.world);
    }
}

std::vector<Story> stories() {
    const auto order = [] { return Tale::of<Fulfilment>({{"tv", 3}, {"mat", 1}}); };
    const auto hurried = [&order] {
        auto tale = order();
        tale.has_time(1'800'000);  // half of the time that every attempt waits for here
        return tale;
    };
    const auto cancelled = [] { return Tale::of<Cancellation>({{"tv", 3}, {"mat", 1}}); };
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

// How many of the events are triggers.
std::size_t heard(const Tale& tale) {
    std::size_t count = 0;
    for (const auto& event : tale.journal())
        count += std::holds_alternative<event::Started>(event) ||
                 std::holds_alternative<event::TriggerReceived>(event) ||
                 std::holds_alternative<event::Reopened>(event) || std::holds_alternative<event::Ignored>(event);
    return count;
}

TEST_CASE("after any event, what is owed is the open intent under its own command id") {
    for (auto& story : stories()) {
        CAPTURE(story.about);
        auto whole = story.tale;
        tell(whole, story, 0);
        for (std::size_t events = 0; events <= whole.journal().size(); ++events) {
            CAPTURE(events);
            const auto cut = whole.cut(events);
            const auto* intended =
                events == 0 ? nullptr : std::get_if<event::CommandScheduled>(&whole.journal()[events - 1]);
            if (intended != nullptr) {
                REQUIRE(cut.owed());
                CHECK(cut.owed()->command_id == intended->command_id);
                CHECK(cut.owed()->attempt == intended->attempt);
                CHECK(cut.owed()->query == intended->query);
                CHECK(cut.owed()->not_before.value == 0);
            }
            const auto* settled =
                events == 0 ? nullptr : std::get_if<event::CommandCompleted>(&whole.journal()[events - 1]);
            if (settled != nullptr && settled->outcome != Outcome::unknown) CHECK_FALSE(cut.owed());
            if (settled != nullptr && settled->outcome == Outcome::unknown) {
                REQUIRE(cut.owed());
                CHECK(cut.owed()->command_id == settled->command_id);
                CHECK(cut.owed()->not_before == settled->retry_at);
            }
            CHECK(cut.owed() == whole.cut(events).owed());
        }
    }
}

TEST_CASE("a saga that died after any event ends with the same journal") {
    for (auto& story : stories()) {
        if (story.goes_by_time) continue;
        CAPTURE(story.about);
        auto whole = story.tale;
        tell(whole, story, 0);
        const auto expected = whole_journal(whole);
        for (std::size_t events = 0; events <= whole.journal().size(); ++events) {
            CAPTURE(events);
            auto cut = whole.cut(events);
            tell(cut, story, heard(cut));
            CHECK(whole_journal(cut) == expected);
        }
    }
}

TEST_CASE("every story ends or is parked") {
    for (auto& story : stories()) {
        CAPTURE(story.about);
        tell(story.tale, story, 0);
        CHECK((story.tale.state().course == Course::ended || story.tale.state().parked));
    }
}

}  // namespace
}  // namespace sillok::saga
