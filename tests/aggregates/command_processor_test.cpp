// The command processor: repeats, preconditions, one hot product, bounded memory, snapshots.
#include "aggregates/command_processor.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/order.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <latch>
#include <random>
#include <thread>

namespace sillok {
namespace {

using stock::Stock;
using Stocks = CommandProcessor<Stock>;

const ProductId tv{"tv"};
constexpr const char* stream = "stock-tv";

CommandContext from_nobody() { return {.metadata = {.time = Timestamp{1}, .actor = "tester"}, .if_match = {}}; }
CommandContext by(std::uint64_t number) {
    auto context = from_nobody();
    context.metadata.command_id = command(number);
    return context;
}
CommandContext if_match(std::uint64_t version) {
    auto context = from_nobody();
    context.if_match = {Version{version}};
    return context;
}
CommandContext only_if(Conditions conditions) {
    auto context = from_nobody();
    context.conditions = std::move(conditions);
    return context;
}

Stock::Command receive(std::int64_t quantity) { return stock::command::Receive{{quantity}}; }
Stock::Command reserve(std::string order, std::int64_t quantity) {
    return stock::command::Reserve{{std::move(order)}, {quantity}};
}
Stock::Command release(std::string order) { return stock::command::Release{{std::move(order)}}; }

// Another writer: another process, or an operator's tool.
void append_past(EventStore& store, Version expected, const Stock::Event& event) {
    Commit commit{{.time = Timestamp{1}, .actor = "somebody else"}, {}, {}};
    commit.appends.push_back(
        {stream, expected == Version{} ? Expected{NoStream{}} : Expected{expected}, {encode(event)}});
    REQUIRE(store.append_and_wait(commit));
}

// Runs execute() as a coroutine would, and waits for it.
template <Decider D>
auto executed(CommandProcessor<D>& processor, typename D::Id id, typename D::Command command, CommandContext context,
              typename CommandProcessor<D>::Receipt receipt = {}) {
    asio::io_context io;
    auto execution = processor.execute(std::move(id), std::move(command), std::move(context), std::move(receipt));
    auto result = asio::co_spawn(io, std::move(execution), asio::use_future);
    io.run();
    return result.get();
}

Stock::State state_of(Stocks& stocks, const ProductId& id = tv) {
    return stocks.with_state(id, [](const Stock::State& state, Version) { return state; });
}

// A disk that writes nothing until the latch opens.
class StuckLog final : public LentLog {
   public:
    StuckLog(LogStorage& log, std::latch& go) : LentLog(log), go_(go) {}
    std::expected<void, std::string> write(const CommitGroup& group) override {
        go_.wait();
        return LentLog::write(group);
    }

   private:
    std::latch& go_;
};

template <class Error>
const Error* error(const Stocks::Result& result) {
    return result ? nullptr : std::get_if<Error>(&result.error());
}

bool is_refused(const Stocks::Result& result, Rejection::Reason why) {
    const auto* rejection = error<Rejection>(result);
    return rejection && rejection->reason == why;
}

}  // namespace

TEST_CASE("a command is decided, stored and seen by the next one") {
    InMemory store;
    Stocks stocks{*store};
    const auto received = executed(stocks, tv, receive(1), from_nobody());
    REQUIRE(received);
    CHECK(received->version == Version{1});
    CHECK(received->position == Position{1});
    CHECK(store->head() == Position{1});
    REQUIRE(executed(stocks, tv, reserve("o-1", 1), from_nobody()));
    CHECK(is_refused(executed(stocks, tv, reserve("o-2", 1), from_nobody()), Rejection::insufficient_stock));
    CHECK(told(store->read_stream(stream, Version{1}, 10)).size() == 2);
}

TEST_CASE("a result of execute is durable, submit runs ahead") {
    InMemory store;
    Stocks stocks{*store};
    for (int count = 1; count <= 100; ++count) {
        const auto received = executed(stocks, tv, receive(1), from_nobody());
        REQUIRE(received);
        CHECK(store->head() >= received->position);
    }
    for (int count = 0; count < 100; ++count) REQUIRE(stocks.submit(tv, receive(1), from_nobody()));
    CHECK(state_of(stocks).on_hand == Quantity{200});
    const auto refused = executed(stocks, tv, reserve("o-1", 201), from_nobody());
    CHECK(is_refused(refused, Rejection::insufficient_stock));
    CHECK(store->head() == Position{200});  // a rejection waits for the events that it is based on
}

TEST_CASE("a repeated command gives its first result, and nothing happens") {
    InMemory store;
    Stocks stocks{*store};
    const auto note = [](const Stock::State& state, Version version) {
        return std::to_string(state.on_hand.value) + "@" + std::to_string(version.value);
    };
    REQUIRE(executed(stocks, tv, receive(5), by(1), note));
    REQUIRE(executed(stocks, tv, receive(5), by(2), note));
    const auto again = executed(stocks, tv, receive(5), by(1), note);
    REQUIRE(again);
    CHECK(again->repeated);
    CHECK(again->version == Version{1});
    CHECK(again->position == Position{1});
    CHECK(again->receipt == "5@1");
    CHECK(state_of(stocks).on_hand == Quantity{10});
    CHECK(store->head() == Position{2});

    SUBCASE("also before it is durable") {
        const auto first = stocks.submit(tv, receive(5), by(3));
        const auto second = stocks.submit(tv, receive(5), by(3));
        REQUIRE(second);
        CHECK(second->repeated);
        CHECK(second->position == first->position);
        CHECK(second->version == first->version);
    }
    SUBCASE("also after a restart") {
        store.reopen();
        Stocks later{*store};
        const auto repeated = executed(later, tv, receive(5), by(1), note);
        REQUIRE(repeated);
        CHECK(repeated->repeated);
        CHECK(repeated->version == Version{1});
        CHECK(repeated->receipt == "5@1");
    }
}

TEST_CASE("a repeated command gives its first result even where it would be refused by now") {
    InMemory store;
    Stocks stocks{*store};
    REQUIRE(executed(stocks, tv, receive(5), from_nobody()));
    REQUIRE(executed(stocks, tv, reserve("o-1", 5), from_nobody()));
    const auto released = executed(stocks, tv, release("o-1"), by(7));
    REQUIRE(released);
    const auto again = executed(stocks, tv, release("o-1"), by(7));
    REQUIRE(again);
    CHECK(again->repeated);
    CHECK(again->version == released->version);
    CHECK(is_refused(executed(stocks, tv, release("o-1"), by(8)), Rejection::reservation_unknown));

    auto stale = by(7);
    stale.if_match = {Version{2}};
    CHECK(executed(stocks, tv, release("o-1"), stale)->repeated);
}

TEST_CASE("a refused command is decided again when it comes again") {
    InMemory store;
    Stocks stocks{*store};
    CHECK(is_refused(executed(stocks, tv, reserve("o-1", 1), by(1)), Rejection::insufficient_stock));
    REQUIRE(executed(stocks, tv, receive(1), by(2)));
    const auto reserved = executed(stocks, tv, reserve("o-1", 1), by(1));
    REQUIRE(reserved);
    CHECK_FALSE(reserved->repeated);
}

TEST_CASE("a command that changes nothing is accepted without an event") {
    InMemory store;
    Stocks stocks{*store};
    REQUIRE(executed(stocks, tv, receive(5), from_nobody()));
    REQUIRE(executed(stocks, tv, reserve("o-1", 2), from_nobody()));
    const auto again = executed(stocks, tv, reserve("o-1", 2), by(1));
    REQUIRE(again);
    CHECK_FALSE(again->repeated);
    CHECK(again->version == Version{2});
    CHECK(store->head() == Position{2});
    CHECK_FALSE(store->find_command(command(1)));

    SUBCASE("and its receipt is kept all the same") {
        const auto note = [](const Stock::State&, Version) { return std::string{"as before"}; };
        REQUIRE(executed(stocks, tv, reserve("o-1", 2), by(2), note));
        const auto known = store->find_command(command(2));
        REQUIRE(known);
        CHECK(known->events == 0);
        const auto repeated = executed(stocks, tv, reserve("o-1", 2), by(2), note);
        CHECK(repeated->repeated);
        CHECK(repeated->receipt == "as before");
        REQUIRE(stocks.submit(tv, reserve("o-1", 2), by(3), note));
        CHECK(store->find_command(command(3))->receipt == "as before");
    }
}

TEST_CASE("If-Match holds at one version only, and 0 means that there is nothing yet") {
    InMemory store;
    Stocks stocks{*store};
    REQUIRE(executed(stocks, tv, receive(5), if_match(0)));
    REQUIRE(executed(stocks, tv, receive(5), if_match(1)));
    const auto late = executed(stocks, tv, receive(5), if_match(1));
    REQUIRE(error<PreconditionFailed>(late));
    CHECK(error<PreconditionFailed>(late)->actual == Version{2});
    CHECK(store->head() == Position{2});
}

TEST_CASE("a command's conditions hold in the commit of its events, or nothing is written") {
    InMemory store;
    Stocks stocks{*store};
    Commit commit;
    commit.appends.push_back({"book-1", NoStream{}, events({"note"})});
    commit.appends.back().events.back().tags = {"shelf:3"};
    REQUIRE(store->append_and_wait(commit));

    const Conditions book_is_there{.streams = {{"book-1", Version{1}}}, .tags = {}};
    REQUIRE(executed(stocks, tv, receive(5), only_if(book_is_there)));
    const Conditions no_book{.streams = {{"book-1", NoStream{}}}, .tags = {}};
    const auto refused_for_stream = executed(stocks, tv, receive(5), only_if(no_book));
    REQUIRE(error<ConditionFailed>(refused_for_stream));
    CHECK(error<ConditionFailed>(refused_for_stream)->offender == "book-1");
    const Conditions shelf_is_free{.streams = {}, .tags = {{.tag = "shelf:3"}}};
    const auto refused_for_tag = executed(stocks, tv, receive(5), only_if(shelf_is_free));
    REQUIRE(error<ConditionFailed>(refused_for_tag));
    CHECK(error<ConditionFailed>(refused_for_tag)->offender == "shelf:3");

    CHECK(state_of(stocks).on_hand == Quantity{5});
    CHECK(store->head() == Position{2});
    REQUIRE(executed(stocks, tv, receive(5), from_nobody()));  // and the next command finds all as it was
}

TEST_CASE("many threads on one product never oversell it, and none meets a conflict") {
    constexpr int threads = 4;
    constexpr int orders_each = 250;
    constexpr int pieces = 700;
    InMemory store;
    Stocks stocks{*store};
    REQUIRE(stocks.submit(tv, receive(pieces), from_nobody()));
    std::atomic<int> reserved = 0;
    std::atomic<int> refused = 0;
    std::vector<std::jthread> buyers;
    for (int buyer = 0; buyer < threads; ++buyer)
        buyers.emplace_back([&stocks, &reserved, &refused, buyer] {
            for (int order = 0; order < orders_each; ++order) {
                const auto name = "o-" + std::to_string(buyer) + "-" + std::to_string(order);
                const auto result =
                    stocks.submit(tv, reserve(name, 1),
                                  by(1'000 * static_cast<std::uint64_t>(buyer) + static_cast<std::uint64_t>(order)));
                if (result) ++reserved;
                if (is_refused(result, Rejection::insufficient_stock)) ++refused;
            }
        });
    buyers.clear();
    CHECK(reserved == pieces);
    CHECK(refused == threads * orders_each - pieces);
    REQUIRE(store->wait_durable(Position{pieces + 1}));
    CHECK(store->version_of(stream) == Version{pieces + 1});
    Stocks from_the_log{*store};
    CHECK(state_of(from_the_log) == state_of(stocks));
}

TEST_CASE("the same command from many threads at once happens once") {
    InMemory store;
    Stocks stocks{*store};
    std::atomic<int> fresh = 0;
    std::vector<std::jthread> clients;
    for (int client = 0; client < 4; ++client)
        clients.emplace_back([&stocks, &fresh] {
            for (std::uint64_t number = 1; number <= 100; ++number) {
                const auto result = stocks.submit(tv, receive(1), by(number));
                if (result && !result->repeated) ++fresh;
            }
        });
    clients.clear();
    CHECK(fresh == 100);
    CHECK(state_of(stocks).on_hand == Quantity{100});
}

TEST_CASE("memory is bounded: evicted states are loaded again from the log") {
    InMemory store;
    Stocks stocks{*store, {.states_max = 1, .snapshot_events = 3}};
    constexpr int products = 300;
    std::mt19937_64 random{7};
    std::vector<std::int64_t> expected(products);
    for (int count = 0; count < 3'000; ++count) {
        const auto product = random() % products;
        const auto result = stocks.submit({"p-" + std::to_string(product)}, receive(1), from_nobody());
        REQUIRE(result);
        CHECK(result->version == Version{static_cast<std::uint64_t>(++expected[product])});
    }
    for (int product = 0; product < products; ++product)
        CHECK(state_of(stocks, {"p-" + std::to_string(product)}).on_hand.value ==
              expected[static_cast<std::size_t>(product)]);
}

TEST_CASE("a state that is not durable yet is not evicted, however small the limit") {
    MemoryLog log;
    std::latch go{1};
    EventStore store{std::make_unique<StuckLog>(log, go)};
    Stocks stocks{store, {.states_max = 1}};
    constexpr int products = 200;
    const auto product = [](int number) { return ProductId{"p-" + std::to_string(number)}; };
    for (int number = 0; number < products; ++number) CHECK(stocks.submit(product(number), receive(1), from_nobody()));
    for (int number = 0; number < products; ++number)
        CHECK(stocks.submit(product(number), reserve("o-1", 1), from_nobody()));
    CHECK(store.head() == Position{0});
    go.count_down();
    CHECK(store.wait_durable(Position{2 * products}));
}

TEST_CASE("a snapshot is made of a durable state, and the next start begins with it") {
    InMemory store;
    {
        Stocks stocks{*store, {.states_max = 100, .snapshot_events = 10}};
        for (int count = 0; count < 25; ++count) REQUIRE(executed(stocks, tv, receive(1), from_nobody()));
    }
    const auto saved = store->load_snapshot(stream);
    REQUIRE(saved);
    CHECK(saved->version == Version{20});
    CHECK(saved->position == Position{20});
    CHECK(saved->fingerprint == snapshot_fingerprint<Stock>());

    // A snapshot of another state shows whether it is used.
    const auto told_by = [&store](Snapshot snapshot) {
        store->save_snapshot(stream, snapshot);
        Stocks stocks{*store};
        return state_of(stocks).on_hand.value;
    };
    auto other = *StateAt<Stock>::restore(*saved);
    other.state.on_hand = {1'000};
    CHECK(told_by(other.snapshot()) == 1'005);

    SUBCASE("not with one of another fingerprint") {
        auto foreign = other.snapshot();
        foreign.fingerprint = Fingerprint{foreign.fingerprint.value + 1};
        CHECK(told_by(foreign) == 25);
    }
    SUBCASE("not with a damaged one") {
        auto damaged = other.snapshot();
        damaged.state.pop_back();
        CHECK(told_by(damaged) == 25);
    }
    SUBCASE("not with one of a version that the stream does not have") {
        auto beyond = other.snapshot();
        beyond.version = Version{26};
        CHECK(told_by(beyond) == 25);
    }
}

TEST_CASE("the larger a state, the rarer its snapshots") {
    InMemory store;
    Stocks stocks{*store, {.states_max = 100, .snapshot_events = 10}};
    REQUIRE(stocks.submit(tv, receive(100'000), from_nobody()));
    int snapshots = 0;
    auto last = Version{};
    for (int order = 0; order < 2'000; ++order) {
        REQUIRE(executed(stocks, tv, reserve("order-" + std::to_string(order), 1), from_nobody()));
        const auto snapshot = store->load_snapshot(stream);
        if (snapshot && snapshot->version != last) ++snapshots;
        if (snapshot) last = snapshot->version;
    }
    CHECK(snapshots >= 4);
    CHECK(snapshots <= 50);  // of 2,000 events; every tenth while the state is small
}

TEST_CASE("the processor catches up with another writer of the stream") {
    InMemory store;
    Stocks stocks{*store};
    REQUIRE(executed(stocks, tv, receive(1), from_nobody()));
    append_past(*store, Version{1}, stock::event::Reserved{{"o-1"}, {1}});

    SUBCASE("in execute") {
        append_past(*store, Version{2}, stock::event::Received{{2}});
        const auto received = executed(stocks, tv, receive(4), from_nobody());
        REQUIRE(received);
        CHECK(received->version == Version{4});
    }
    SUBCASE("in submit") {
        CHECK(is_refused(stocks.submit(tv, reserve("o-2", 1), from_nobody()), Rejection::insufficient_stock));
        CHECK(state_of(stocks).reserved == Quantity{1});
    }
}

TEST_CASE("a new aggregate's first command meets an aggregate that another writer has made meanwhile") {
    InMemory store;
    CommandProcessor<order::Order> orders{*store};
    const auto phase = [&orders] {
        return orders.with_state({"o-1"}, [](const order::Order::State& state, Version) { return state.phase; });
    };
    CHECK(phase() == order::Order::Phase::absent);
    Commit commit{{.time = Timestamp{1}, .actor = "somebody else"}, {}, {}};
    commit.appends.push_back({"order-o-1", NoStream{}, {encode(order::Order::Event{order::event::Placed{}})}});
    REQUIRE(store->append_and_wait(commit));
    const order::command::Place place{{"c-1"}, "", "", {{{"tv"}, "TV", {1}, {1, {}}}}};
    const auto placed = executed<order::Order>(orders, {"o-1"}, place, from_nobody());
    REQUIRE_FALSE(placed);
    CHECK(std::get<Rejection>(placed.error()) == Rejection{Rejection::order_exists});
}

TEST_CASE("when the log is closed nothing is accepted, and the state stays what the log holds") {
    InMemory store;
    Stocks stocks{*store};
    REQUIRE(executed(stocks, tv, receive(1), from_nobody()));
    store->close();
    const auto result = executed(stocks, tv, receive(1), from_nobody());
    REQUIRE(error<AppendError>(result));
    CHECK(error<AppendError>(result)->code == errc::closed);
    CHECK(state_of(stocks).on_hand == Quantity{1});
}

TEST_CASE("there is no decision on an aggregate whose event cannot be read") {
    InMemory store;
    Commit commit{{.time = Timestamp{1}, .actor = "a newer program"}, {}, {}};
    commit.appends.push_back({stream, NoStream{}, {{"stock.teleported", 1, ""}}});
    REQUIRE(store->append_and_wait(commit));
    Stocks stocks{*store};
    const UnreadableEvent unreadable{Position{1}, stream, "stock.teleported",
                                     "unknown event stock.teleported, schema version 1"};
    const auto refused = stocks.submit(tv, receive(1), from_nobody());
    REQUIRE(error<UnreadableEvent>(refused));
    CHECK(*error<UnreadableEvent>(refused) == unreadable);
    CHECK(error<UnreadableEvent>(executed(stocks, tv, receive(1), from_nobody())));
    CHECK_THROWS_WITH_AS(state_of(stocks), text(unreadable).c_str(), StreamUnreadable);
    UnitOfWork work;
    CHECK_THROWS_AS((void)stocks.submit(work, tv, receive(1), Uuid{}), StreamUnreadable);
    work.give_up();
    CHECK(store->head() == Position{1});
    REQUIRE(executed(stocks, ProductId{"mat"}, receive(1), from_nobody()));
}

TEST_CASE("an aggregate in memory is refused as soon as its stream has an event that cannot be read") {
    InMemory store;
    Stocks stocks{*store};
    REQUIRE(executed(stocks, tv, receive(1), by(1)));
    Commit commit{{.time = Timestamp{1}, .actor = "a newer program"}, {}, {}};
    commit.appends.push_back({stream, Version{1}, {{"stock.teleported", 1, ""}}});
    REQUIRE(store->append_and_wait(commit));
    const auto refused = executed(stocks, tv, receive(1), by(2));
    REQUIRE(error<UnreadableEvent>(refused));
    CHECK(error<UnreadableEvent>(refused)->position == Position{2});
    // What was accepted before keeps its first result.
    const auto repeated = executed(stocks, tv, receive(1), by(1));
    REQUIRE(repeated);
    CHECK(repeated->repeated);
}

TEST_CASE("an aggregate can be seen as it was") {
    InMemory store;
    Stocks stocks{*store};
    for (int count = 1; count <= 5; ++count) REQUIRE(executed(stocks, tv, receive(count), from_nobody()));
    StateAt<Stock> then;
    then.catch_up(*store, stream, Version{3});
    CHECK(then.version == Version{3});
    CHECK(then.position == Position{3});
    CHECK(then.state.on_hand == Quantity{6});
    then.catch_up(*store, stream);
    CHECK(then.state == state_of(stocks));
}

}  // namespace sillok
