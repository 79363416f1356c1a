// Commands to several aggregates in one commit.
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/command_processor.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/proof/verify.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <thread>

namespace sillok {
namespace {

using delivery::Delivery;
using stock::Stock;

const ProductId tv{"tv"};
const ProductId mat{"mat"};
const OrderId order{"o1"};

Stock::Command receive(std::int64_t quantity) { return stock::command::Receive{{quantity}}; }
Stock::Command reserve(std::int64_t quantity) { return stock::command::Reserve{order, {quantity}}; }
Delivery::Command prepare() { return delivery::command::Prepare{{"kim"}, "Seoul"}; }

CommandContext from_nobody() { return {.metadata = {.time = Timestamp{1}, .actor = "tester"}, .if_match = {}}; }

// A journal's event, which the commit begins with.
Commit note(Expected expected) {
    Commit commit{.metadata = {.time = Timestamp{1}, .actor = "tester"}};
    commit.appends.push_back({"note-1", expected, {{"note.taken", 1, "{}"}}});
    return commit;
}

struct UnitFixture {
    InMemory store;
    CommandProcessor<Stock> stocks;
    CommandProcessor<Delivery> deliveries{*store};
    UnitOfWork work;

    explicit UnitFixture(ProcessorOptions options = {}) : stocks(*store, options) {
        for (const auto& product : {tv, mat}) REQUIRE(stocks.submit(product, receive(10), from_nobody()));
    }
    Quantity reserved(const ProductId& product) {
        return stocks.with_state(product, [](const Stock::State& state, Version) { return state.reserved; });
    }
    void wait() { REQUIRE(store->append_and_wait({.metadata = {.command_id = command(99)}, .receipt = "-"})); }
};

// 'R' runs or could run, 'S' sleeps.
char state_of_thread(pid_t thread) {
    std::ifstream file{"/proc/self/task/" + std::to_string(thread) + "/stat"};
    std::string line{std::istreambuf_iterator<char>{file}, {}};
    const auto after_name = line.rfind(") ");
    return after_name == std::string::npos ? '?' : line[after_name + 2];
}

}  // namespace

TEST_CASE(
    "the decisions of several aggregates are one commit, behind the caller's events, each with its own command id") {
    UnitFixture shop;
    REQUIRE(shop.stocks.submit(shop.work, tv, reserve(2), command(1)));
    REQUIRE(shop.stocks.submit(shop.work, mat, reserve(3), command(2)));
    REQUIRE(shop.deliveries.submit(shop.work, order, prepare(), command(3)));
    CHECK(shop.work.size() == 3);
    CHECK(shop.work.has("stock-tv"));
    auto commit = note(NoStream{});
    shop.work.put_into(commit);
    const auto appended = shop.store->append_and_wait(commit);
    REQUIRE(appended);
    shop.work.accepted(*appended);
    CHECK(shop.work.size() == 0);

    const auto events = shop.store->read_log(Position{2}, 10);
    REQUIRE(events.size() == 4);
    CHECK(events[0].stream == "note-1");
    CHECK(events[0].command_id.is_nil());
    CHECK(events[1].stream == "stock-tv");
    CHECK(events[1].command_id == command(1));
    CHECK(events[2].command_id == command(2));
    CHECK(events[3].type == "delivery.prepared");
    CHECK(events[3].command_id == command(3));
    for (std::uint16_t i = 0; i < 4; ++i) CHECK(events[i].commit_rest == 3 - i);
    CHECK_FALSE(shop.store->find_command(command(1)));

    CHECK(shop.reserved(tv) == Quantity{2});
    CHECK(shop.reserved(mat) == Quantity{3});
    CHECK(verify_log(shop.store->storage()).ok());
    // The aggregates go on where the commit left them.
    const auto more = shop.stocks.submit(tv, receive(1), from_nobody());
    REQUIRE(more);
    CHECK(more->version == Version{3});
}

TEST_CASE("without events of the caller's it is the first command's commit, and that command can be looked up") {
    UnitFixture shop;
    REQUIRE(shop.stocks.submit(shop.work, tv, reserve(2), command(1)));
    REQUIRE(shop.stocks.submit(shop.work, mat, reserve(3), command(2)));
    Commit commit{.metadata = {.time = Timestamp{1}, .actor = "tester"}};
    shop.work.put_into(commit);
    const auto appended = shop.store->append_and_wait(commit);
    REQUIRE(appended);
    shop.work.accepted(*appended);
    const auto known = shop.store->find_command(command(1));
    REQUIRE(known);
    CHECK(known->events == 2);
    CHECK_FALSE(shop.store->find_command(command(2)));
    CHECK(verify_log(shop.store->storage()).ok());
}

TEST_CASE("a unit that is given up has changed nothing, and neither has a refused command") {
    UnitFixture shop;
    REQUIRE(shop.stocks.submit(shop.work, tv, reserve(2), command(1)));
    const auto refused = shop.stocks.submit(shop.work, mat, reserve(11), command(2));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == Rejection::insufficient_stock);
    CHECK(shop.work.size() == 1);
    CHECK(shop.stocks.with_state(shop.work, mat, [](const Stock::State& state, Version) { return state.on_hand; }) ==
          Quantity{10});
    shop.work.give_up();
    CHECK(shop.work.size() == 0);
    CHECK(shop.reserved(tv) == Quantity{0});
    CHECK(shop.reserved(mat) == Quantity{0});
    shop.wait();
    CHECK(shop.store->head() == Position{2});
}

TEST_CASE("a command to an aggregate that a unit holds waits, and is decided on the state after the unit") {
    UnitFixture shop;
    REQUIRE(shop.stocks.submit(shop.work, tv, reserve(10), command(1)));
    std::atomic<bool> answered = false;
    std::optional<Rejection::Reason> why;
    std::thread other{[&] {
        const auto result = shop.stocks.submit(tv, stock::command::Reserve{OrderId{"o2"}, {1}}, from_nobody());
        if (!result)
            if (const auto* rejection = std::get_if<Rejection>(&result.error())) why = rejection->reason;
        answered = true;
    }};
    auto commit = note(NoStream{});
    shop.work.put_into(commit);
    const auto appended = shop.store->propose(commit);
    REQUIRE(appended);
    CHECK_FALSE(answered);
    shop.work.accepted(*appended);
    other.join();
    CHECK(why == Rejection::insufficient_stock);
}

TEST_CASE("a unit that waits for an aggregate sleeps") {
    UnitFixture shop;
    std::promise<pid_t> asks;
    std::optional<std::jthread> other;
    shop.stocks.with_state(tv, [&](const Stock::State&, Version) {
        other.emplace([&] {
            asks.set_value(gettid());
            REQUIRE(shop.stocks.submit(shop.work, tv, reserve(1), command(1)));
        });
        const auto thread = asks.get_future().get();
        int asleep = 0;
        CHECK(eventually(std::chrono::seconds{10}, "the unit's thread sleeps", [&] {
            asleep = state_of_thread(thread) == 'S' ? asleep + 1 : 0;
            return asleep == 20;
        }));
    });
    other->join();
    CHECK(shop.work.size() == 1);
}

TEST_CASE("a unit may be filled by one thread and accepted by another, and the next one takes another order") {
    UnitFixture shop;
    const auto fill = [&](const ProductId& first, const ProductId& second, std::uint64_t number) {
        REQUIRE(shop.stocks.submit(shop.work, first, reserve(1), command(number)));
        REQUIRE(shop.stocks.submit(shop.work, second, reserve(1), command(number + 1)));
    };
    std::thread{[&] { fill(tv, mat, 1); }}.join();
    auto commit = note(NoStream{});
    shop.work.put_into(commit);
    const auto appended = shop.store->append_and_wait(commit);
    REQUIRE(appended);
    shop.work.accepted(*appended);
    std::thread{[&] { CHECK(shop.reserved(tv) == Quantity{1}); }}.join();

    std::thread{[&] { CHECK(shop.stocks.submit(shop.work, mat, receive(1), command(5))); }}.join();
    std::thread{[&] { CHECK(shop.stocks.submit(shop.work, tv, receive(1), command(6))); }}.join();
    shop.work.give_up();
    CHECK(shop.reserved(mat) == Quantity{1});
}

TEST_CASE("an aggregate in a unit stays in memory, however small the limit") {
    UnitFixture shop{{.states_max = 1, .snapshot_events = 12}};
    for (int i = 0; i < 200; ++i)
        REQUIRE(shop.stocks.submit(shop.work, ProductId{std::to_string(i)}, receive(1), command(100 + i)));
    auto commit = note(NoStream{});
    shop.work.put_into(commit);
    const auto appended = shop.store->append_and_wait(commit);
    REQUIRE(appended);
    shop.work.accepted(*appended);
    for (int i = 0; i < 200; ++i)
        CHECK(shop.stocks.with_state(ProductId{std::to_string(i)}, [](const Stock::State& state, Version version) {
            return version == Version{1} && state.on_hand == Quantity{1};
        }));
}

TEST_CASE("after a conflict with another writer the aggregate catches up, and the unit begins again") {
    UnitFixture shop;
    REQUIRE(shop.stocks.submit(shop.work, mat, reserve(1), command(1)));
    REQUIRE(shop.stocks.submit(shop.work, tv, reserve(10), command(2)));
    Commit past{.metadata = {.time = Timestamp{1}, .actor = "somebody else"}};
    past.appends.push_back({"stock-tv", Version{1}, {encode(Stock::Event{stock::event::Reserved{{"o9"}, {5}}})}});
    REQUIRE(shop.store->propose(past));
    auto commit = note(NoStream{});
    shop.work.put_into(commit);
    const auto refused = shop.store->propose(commit);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::version_conflict);
    REQUIRE(shop.work.has(refused.error().offender));
    REQUIRE(shop.work.catch_up(refused.error().offender, refused.error().actual));
    CHECK(shop.work.size() == 0);
    CHECK(shop.reserved(mat) == Quantity{0});
    CHECK(shop.reserved(tv) == Quantity{5});
    CHECK_FALSE(shop.stocks.submit(shop.work, tv, reserve(10), command(2)));
}

}  // namespace sillok
