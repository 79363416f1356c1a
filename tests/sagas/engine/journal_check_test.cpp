// Whether this program would have written a journal: yes for every one that it writes, no for one that is not its own.
#include "sagas/engine/journal_check.hpp"

#include "sagas/all_sagas.hpp"
#include "sagas/cancellation.hpp"
#include "sagas/engine/provider_call_keys.hpp"
#include "sagas/fulfilment.hpp"
#include "tests/sagas/saga_fixture.hpp"
#include "tests/sagas/saga_scenario.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sillok::saga {
namespace {

std::vector<JournalEntry> entries(const std::vector<Event>& journal) {
    std::vector<JournalEntry> entries;
    for (const auto& event : journal) entries.push_back({event, Timestamp{10'000'000'000}});
    return entries;
}

// Confirmed after an answer that was late, and delivered.
std::vector<JournalEntry> fulfilled() {
    auto saga = given<Fulfilment>({{"tv", 3}, {"mat", 1}});
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    saga.when_unanswered();
    saga.when_time_passes(100'000'000);
    while (saga.pending_intent()) saga.when_done();
    saga.when_received("delivery.started");
    while (saga.pending_intent()) saga.when_done();
    saga.when_received("delivery.completed");
    saga.when_done();
    return entries(saga.journal());
}

std::optional<Divergence> check(const std::vector<JournalEntry>& journal) {
    return divergence_of(manager<Fulfilment>("test"), journal);
}

// The place of the first event of a kind.
template <class E>
std::size_t first(const std::vector<JournalEntry>& journal) {
    std::size_t at = 0;
    while (!std::holds_alternative<E>(journal.at(at).event)) ++at;
    return at;
}

}  // namespace

TEST_CASE("a journal that this program has written does not diverge, wherever it is cut off") {
    const auto journal = fulfilled();
    for (std::size_t length = 0; length <= journal.size(); ++length)
        CHECK_FALSE(check({journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(length)}));
}

TEST_CASE("the journals of a shop with refusals, cancellations and returns do not diverge") {
    SagaFixture shop{{.decline = 0.3, .fail = 0.1, .forget = 0.1, .rules = {}}};
    shop.stock("tv", 60);
    for (int i = 0; i < 60; ++i) shop.order("o" + std::to_string(i), {{"tv", 2}});
    REQUIRE(shop.rests());
    for (int i = 0; i < 60; i += 2) shop.cancel("o" + std::to_string(i));
    for (int i = 1; i < 60; i += 4)
        if (shop.start_delivery("o" + std::to_string(i))) shop.return_delivery("o" + std::to_string(i));
    REQUIRE(shop.rests());
    const auto& log = shop.store().identity();
    const auto key_space = key_space_of(log, log.epoch());
    std::size_t checked = 0;
    shop.store().each_stream("saga-", [&](std::string_view stream, Version) {
        std::vector<JournalEntry> journal;
        const auto events = shop.store().read_stream(stream, Version{1}, 1'000);
        const auto told = shop.journal(std::string{stream});
        for (std::size_t i = 0; i < told.size(); ++i) journal.push_back({told[i], events[i].time, key_space});
        const auto found = divergence_of(*manager_of(stream, all_sagas()), journal);
        CHECK_MESSAGE(!found, stream, " ", found->version.value, ": ", found->recorded, ", not ", found->expected);
        ++checked;
        return true;
    });
    CHECK(checked > 60);
}

TEST_CASE("steps that were performed in one commit mean what their intents and outcomes mean") {
    const auto apart = fulfilled();
    std::vector<JournalEntry> together;
    for (const auto& entry : apart) {
        const auto whole = together.empty() ? std::nullopt : executed(together.back().event, entry.event);
        if (whole)
            together.back().event = *whole;
        else
            together.push_back(entry);
    }
    const auto state = [](const std::vector<JournalEntry>& journal) {
        State now{Fulfilment::definition()};
        for (const auto& entry : journal) now = evolve(std::move(now), entry.event);
        return now;
    };
    // Nobody had answered the authorisation, and then it was asked about: that stays as it is.
    const auto count = [&](auto kind) {
        return std::ranges::count_if(together, [&](const JournalEntry& entry) {
            return std::holds_alternative<typename decltype(kind)::type>(entry.event);
        });
    };
    CHECK(count(std::type_identity<event::CommandExecuted>{}) == 8);
    CHECK(count(std::type_identity<event::CommandScheduled>{}) == 2);
    CHECK(count(std::type_identity<event::CommandCompleted>{}) == 2);
    CHECK(state(together) == state(apart));
    for (std::size_t length = 0; length <= together.size(); ++length)
        CHECK_FALSE(check({together.begin(), together.begin() + static_cast<std::ptrdiff_t>(length)}));

    const auto at = first<event::CommandExecuted>(together);
    const auto changed = [&](auto&& change) {
        auto other = together;
        change(std::get<event::CommandExecuted>(other[at].event));
        const auto found = check(other);
        REQUIRE(found);
        CHECK(found->version.value == at + 1);
    };
    changed([](event::CommandExecuted& it) { it.step = "prepare"; });
    changed([](event::CommandExecuted& it) { it.command_id = uuid_v7(1, 2, 3); });
    changed([](event::CommandExecuted& it) { it.target = "stock-mat"; });
    changed([](event::CommandExecuted& it) { it.generation = 2; });
}

TEST_CASE("another program's journal diverges, and the first event that does is named") {
    const auto journal = fulfilled();
    const auto changed = [&](std::size_t at, auto&& change) {
        auto other = journal;
        change(other[at].event);
        const auto found = check(other);
        REQUIRE(found);
        CHECK(found->version.value == at + 1);
        return *found;
    };
    const auto intended = first<event::CommandScheduled>(journal);
    changed(intended, [](Event& event) { std::get<event::CommandScheduled>(event).step = "prepare"; });
    changed(intended, [](Event& event) { std::get<event::CommandScheduled>(event).command_id = uuid_v7(1, 2, 3); });
    changed(intended, [](Event& event) { std::get<event::CommandScheduled>(event).target = "stock-mat"; });
    const auto ended =
        changed(journal.size() - 1, [](Event& event) { std::get<event::Ended>(event).ending = Ending::refused; });
    CHECK(ended.recorded == "ended refused");
    CHECK(ended.expected == "ended completed");
    changed(first<event::CommandCompleted>(journal),
            [](Event& event) { std::get<event::CommandCompleted>(event).command_id = uuid_v7(1, 2, 3); });
    changed(first<event::TriggerReceived>(journal),
            [](Event& event) { std::get<event::TriggerReceived>(event).type = "delivery.lost"; });
    CHECK(changed(0, [](Event& event) { std::get<event::Started>(event).definition_version = 7; }).expected ==
          "no such definition");
    auto swapped = journal;
    std::swap(swapped[intended], swapped[intended + 2]);
    CHECK(check(swapped));
}

}  // namespace sillok::saga
