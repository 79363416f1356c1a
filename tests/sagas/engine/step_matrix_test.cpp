// Every step of every saga x every outcome x a crash after every event. The sagas are the real ones. The world around
// them is minimal: the effects that are there, and the outcome of each command id.
#include "sagas/cancellation.hpp"
#include "sagas/fulfilment.hpp"
#include "tests/sagas/saga_scenario.hpp"

#include <doctest/doctest.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok::saga {
namespace {

enum class Fault : std::uint8_t { none, refused, time_out, answer_lost, duplicate, late };
constexpr std::array faults{Fault::refused, Fault::time_out, Fault::answer_lost, Fault::duplicate, Fault::late};

std::string_view text(Fault fault) {
    constexpr std::array names{"none", "refused", "time-out", "done, answer lost", "duplicate", "late"};
    return names[static_cast<std::size_t>(fault)];
}

// A step in one direction: "reserve", "undo reserve".
struct Spot {
    std::string step;
    Direction direction;
    friend bool operator==(const Spot&, const Spot&) = default;
};

const event::CommandScheduled& open_intent(const SagaScenario& saga) {
    for (auto event = saga.journal().rbegin();; ++event)
        if (const auto* intended = std::get_if<event::CommandScheduled>(&*event)) return *intended;
}

// The world outside the saga. It survives every crash.
class World {
   public:
    std::set<std::string> standing;  // "stock-tv", "payment-o1": set aside, paid
    std::set<std::string> refuses;   // steps that are refused whenever they are tried
    Spot troubled{};                 // where the fault happens, the first time
    Fault fault = Fault::none;
    bool happened = false;            // the fault
    std::map<Uuid, Outcome> came_to;  // by command id
    std::optional<Uuid> late;         // whose first answer is still on its way

    // Executes the command once per id and remembers its outcome.
    Outcome execute(const event::CommandScheduled& intended) {
        const auto [known, fresh] = came_to.try_emplace(intended.command_id, Outcome::done);
        if (!fresh) return known->second;
        if (refuses.contains(intended.step) && intended.direction == Direction::forward)
            return known->second = Outcome::refused;
        const bool undoes = intended.direction == Direction::compensate || intended.step == "pay-back" ||
                            intended.step == "give-back" || intended.step == "cancel-delivery";
        const bool does = intended.step == "reserve" || intended.step == "authorise" || intended.step == "prepare";
        if (undoes) {
            standing.erase(intended.target);  // nothing to undo is undone
        } else if (does) {
            CHECK_MESSAGE(standing.insert(intended.target).second, intended.target << " was done twice");
        }
        return Outcome::done;
    }

    // Acts on the command, and returns its outcome; nothing if the response is late or lost.
    std::optional<Outcome> act(const event::CommandScheduled& intended) {
        const bool now = !happened && is_troubled(intended);
        happened = happened || now;
        switch (now ? fault : Fault::none) {
            case Fault::refused: return came_to[intended.command_id] = Outcome::refused;
            case Fault::time_out: return std::nullopt;
            case Fault::answer_lost: execute(intended); return std::nullopt;
            case Fault::late: late = intended.command_id; return std::nullopt;
            case Fault::duplicate: execute(intended); break;
            case Fault::none: break;
        }
        return execute(intended);
    }

   private:
    [[nodiscard]] bool is_troubled(const event::CommandScheduled& intended) const {
        return fault != Fault::none && Spot{intended.step, intended.direction} == troubled;
    }
};

constexpr std::int64_t retry_ms = 10'000;

void answer(SagaScenario& saga, Outcome outcome) {
    if (outcome == Outcome::done)
        saga.when_done();
    else
        saga.when_refused("refused");
}

// Carries out the pending command in the world.
void take_a_step(SagaScenario& saga, World& world) {
    if (saga.waits_until()) {
        saga.when_time_passes(retry_ms);
        return;
    }
    const auto intended = open_intent(saga);
    REQUIRE_FALSE(intended.query);  // no response is missing for that long here
    const auto said = world.act(intended);
    if (!said) {
        saga.when_unanswered();
        return;
    }
    answer(saga, *said);
    // The response to the first attempt comes after the second one's; a duplicate comes twice.
    const bool comes_again = world.late == intended.command_id || world.fault == Fault::duplicate;
    if (comes_again && *said == Outcome::done) saga.when_completed_again(intended.command_id);
}

struct Story {
    std::string name;
    SagaScenario (*saga)();
    std::vector<std::string> triggers;
    std::set<std::string> refuses;
    std::set<std::string> standing;  // before it begins
    std::vector<Spot> spots;         // that it comes by
};

constexpr auto forward = Direction::forward;
constexpr auto back = Direction::compensate;

SagaScenario fulfilment() { return given<Fulfilment>({{"tv", 3}, {"mat", 1}}); }
SagaScenario cancellation() { return given<Cancellation>({{"tv", 3}, {"mat", 1}}); }

std::vector<Story> stories() {
    const std::set<std::string> all{"stock-tv", "stock-mat", "payment-o1", "delivery-o1"};
    const std::vector<std::string> whole{"order.placed", "delivery.started", "delivery.completed"};
    const std::vector<std::string> cancelling{"order.cancellationRequested", "saga.ended"};
    return {
        {"fulfilment",
         fulfilment,
         whole,
         {},
         {},
         {{"reserve", forward},
          {"authorise", forward},
          {"confirm", forward},
          {"prepare", forward},
          {"commit", forward},
          {"capture", forward},
          {"complete", forward}}},
        {"fulfilment, turned",
         fulfilment,
         whole,
         {"confirm"},
         {},
         {{"authorise", back}, {"reserve", back}, {"reject", forward}}},
        {"cancellation",
         cancellation,
         cancelling,
         {},
         all,
         {{"cancel-delivery", forward}, {"pay-back", forward}, {"give-back", forward}, {"cancel", forward}}},
        {"cancellation, too late", cancellation, cancelling, {"cancel-delivery"}, all, {{"refuse", forward}}},
    };
}

// The number of triggers in the journal.
std::size_t heard(const SagaScenario& saga) {
    std::size_t count = 0;
    for (const auto& event : saga.journal())
        count += std::holds_alternative<event::Started>(event) || std::holds_alternative<event::TriggerReceived>(event);
    return count;
}

// Continues until no command is pending, or the journal has `events` events.
void play(SagaScenario& saga, World& world, const Story& story, std::size_t events_max) {
    constexpr int patience = 500;
    saga.continues();
    for (int turns = 0; turns < patience && saga.journal().size() < events_max; ++turns) {
        if (saga.pending_intent()) {
            take_a_step(saga, world);
        } else if (const auto next = heard(saga); next < story.triggers.size()) {
            if (saga.has_ended() || saga.state().parked) return;
            saga.when_received(story.triggers[next]);
        } else {
            return;
        }
        if (turns + 1 == patience) FAIL("it goes on for ever");
    }
}

// Checks the world at the end, and returns the ending.
std::string outcome_of(const SagaScenario& saga, const World& world) {
    const auto& state = saga.state();
    REQUIRE((is_in<phase::Ended>(state) || state.parked));
    if (state.parked) return "parked";
    const auto ending = std::get<phase::Ended>(state.phase).ending;
    if (state.definition == &Fulfilment::definition()) {
        const std::set<std::string> all{"stock-tv", "stock-mat", "payment-o1", "delivery-o1"};
        CHECK(world.standing == (ending == Ending::completed ? all : std::set<std::string>{}));
    } else if (ending == Ending::completed) {
        CHECK(world.standing.empty());
    }
    return std::string{text(ending)};
}

// A process dies with the first `events` events of the journal written. With `then_acts` its last command is carried
// out before the crash. Another process continues.
std::string after_a_crash(const Story& story, World world, std::size_t events, bool then_acts) {
    auto saga = story.saga();
    play(saga, world, story, events);
    auto next = saga.crashed_after(events);
    if (then_acts && next.pending_intent() && !next.waits_until()) world.act(open_intent(next));
    play(next, world, story, SIZE_MAX);
    return outcome_of(next, world);
}

TEST_CASE("every step x every outcome x a crash after every event") {
    fmt::print("| {:<23} {:<15}", "saga", "step");
    for (const auto fault : faults) fmt::print(" {:<21}", text(fault));
    fmt::print("\n");
    std::size_t crashes = 0;
    for (const auto& story : stories()) {
        for (const auto& spot : story.spots) {
            fmt::print("| {:<23} {:<15}", story.name, (spot.direction == back ? "undo " : "") + spot.step);
            for (const auto fault : faults) {
                CAPTURE(story.name);
                CAPTURE(spot.step);
                CAPTURE(text(fault));
                World world;
                world.standing = story.standing;
                world.refuses = story.refuses;
                world.troubled = spot;
                world.fault = fault;
                auto saga = story.saga();
                auto whole = world;
                play(saga, whole, story, SIZE_MAX);
                REQUIRE(whole.happened);
                const auto outcome = outcome_of(saga, whole);
                for (std::size_t events = 0; events <= saga.journal().size(); ++events) {
                    for (const bool then_acts : {false, true}) {
                        CAPTURE(events);
                        CAPTURE(then_acts);
                        CHECK(after_a_crash(story, world, events, then_acts) == outcome);
                        ++crashes;
                    }
                }
                fmt::print(" {:<14} {:>3} ok", outcome, 2 * (saga.journal().size() + 1));
            }
            fmt::print("\n");
        }
    }
    fmt::print("| {} crashes\n", crashes);
}

}  // namespace
}  // namespace sillok::saga
