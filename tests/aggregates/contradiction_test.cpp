// Events that can be decoded and cannot come after the earlier ones of their stream: the state stays the one before.
#include "aggregates/command_processor.hpp"
#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/event_skipping.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace sillok {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
const Money won{1000, {{'K', 'R', 'W'}}};
const Money little{10, {{'K', 'R', 'W'}}};
const Money euros{10, {{'E', 'U', 'R'}}};

template <class D>
using Events = std::vector<typename D::Event>;

// The last event is the one that contradicts the others. After it comes nothing that counts.
template <Decider D>
void is_contradicted_by_the_last(const Events<D>& events) {
    CAPTURE(events.size());
    CAPTURE(encode(events.back()).type);
    InMemory store;
    const auto stream = std::string{D::category} + "-1";
    StreamAppend append{stream, NoStream{}, {}};
    for (const auto& event : events) append.events.push_back(encode(event));
    REQUIRE(store->append_and_wait({.metadata = {.time = Timestamp{1}, .actor = "x"}, .appends = {append}}));

    typename D::State before{};
    for (std::size_t at = 0; at + 1 < events.size(); ++at) {
        CAPTURE(at);
        REQUIRE(D::follows(before, events[at]));
        before = D::evolve(std::move(before), events[at]);
    }
    StateAt<D> now;
    const auto reached = now.catch_up(*store, stream);
    REQUIRE_FALSE(reached);
    const auto type = encode(events.back()).type;
    CHECK(reached.error() == UnreadableEvent{Position{events.size()}, stream, type,
                                             type + " contradicts the earlier events of its stream"});
    CHECK(now.version == Version{events.size() - 1});
    CHECK(now.state == before);
}

}  // namespace

TEST_CASE("an event that contradicts the earlier ones of a stock") {
    using stock::Stock;
    using namespace stock::event;
    const Received ten{{10}};
    const Reserved three{OrderId{"o1"}, {3}};
    for (const Stock::Event& last :
         Events<Stock>{Released{OrderId{"o2"}, {1}}, Released{OrderId{"o1"}, {2}}, Committed{OrderId{"o2"}, {1}},
                       Reserved{OrderId{"o1"}, {3}}, Reserved{OrderId{"o2"}, {8}}, Adjusted{{-8}, "lost"},
                       Received{{most}}, Received{{-1}}, Returned{OrderId{"o1"}, {-1}}, Adjusted{{most}, "found"},
                       Released{OrderId{"o1"}, {-most - 1}}})
        is_contradicted_by_the_last<Stock>({ten, three, last});
    is_contradicted_by_the_last<Stock>({Released{OrderId{"o1"}, {1}}});
}

TEST_CASE("an event that contradicts the earlier ones of an order") {
    using order::Order;
    using namespace order::event;
    const CustomerId ann{"ann"};
    const Placed placed{ann, "Ann", "Seoul", {{ProductId{"tv"}, "TV", {1}, won}}, won};
    is_contradicted_by_the_last<Order>({Confirmed{ann}});
    is_contradicted_by_the_last<Order>({placed, placed});
    is_contradicted_by_the_last<Order>({placed, Completed{ann}});
    is_contradicted_by_the_last<Order>({placed, Confirmed{ann}, Rejected{ann, "late", ""}});
    is_contradicted_by_the_last<Order>({placed, Confirmed{ann}, Cancelled{ann}});
    is_contradicted_by_the_last<Order>({placed, CancellationRequested{ann, ""}, Cancelled{ann}, Completed{ann}});
    is_contradicted_by_the_last<Order>({placed, Confirmed{ann}, CancellationRefused{ann, ""}});
}

TEST_CASE("an event that contradicts the earlier ones of a payment") {
    using payment::Payment;
    using namespace payment::event;
    const CustomerId ann{"ann"};
    const Requested requested{ann, won};
    const Authorised authorised{ann, won, "ref"};
    is_contradicted_by_the_last<Payment>({requested, Captured{won}});
    is_contradicted_by_the_last<Payment>({requested, requested});
    is_contradicted_by_the_last<Payment>({requested, Declined{ann, ""}, authorised});
    is_contradicted_by_the_last<Payment>({requested, authorised, Captured{{1001, won.currency}}});
    is_contradicted_by_the_last<Payment>({requested, authorised, Captured{euros}});
    is_contradicted_by_the_last<Payment>({requested, authorised, Captured{won}, Captured{won}});
    is_contradicted_by_the_last<Payment>({requested, authorised, WrittenOff{won, ""}});
    is_contradicted_by_the_last<Payment>({requested, authorised, Captured{little}, Refunded{little}});
    is_contradicted_by_the_last<Payment>({requested, authorised, Captured{little}, RefundRequested{won}});
    is_contradicted_by_the_last<Payment>(
        {requested, authorised, Captured{won}, RefundRequested{little}, Refunded{{11, won.currency}}});
    is_contradicted_by_the_last<Payment>({NotRequired{ann, {0, won.currency}}, authorised});
}

TEST_CASE("an event that contradicts the earlier ones of a delivery, a product or a customer") {
    const CustomerId ann{"ann"};
    {
        using delivery::Delivery;
        using namespace delivery::event;
        const Prepared prepared{ann, "Seoul"};
        is_contradicted_by_the_last<Delivery>({Started{ann, "", ""}});
        is_contradicted_by_the_last<Delivery>({prepared, Completed{ann}});
        is_contradicted_by_the_last<Delivery>({prepared, Cancelled{ann}, Started{ann, "", ""}});
    }
    {
        using product::Product;
        using namespace product::event;
        is_contradicted_by_the_last<Product>({Discontinued{}});
        is_contradicted_by_the_last<Product>(
            {Registered{"TV", won, "", ""}, Discontinued{}, Revised{"TV", little, "", ""}});
    }
    {
        using customer::Customer;
        using namespace customer::event;
        is_contradicted_by_the_last<Customer>({PasswordChanged{"x"}});
        is_contradicted_by_the_last<Customer>({SignedUp{"Ann", "a@b.c", "x"}, SignedUp{"Eve", "e@b.c", "y"}});
    }
}

TEST_CASE("what older programs recorded is no contradiction") {
    using delivery::Delivery;
    using order::Order;
    const CustomerId ann{"ann"};
    Delivery::State started{};
    started.phase = Delivery::Phase::started;
    CHECK(Delivery::follows(started, delivery::event::Cancelled{ann}));
    Order::State cancelling{};
    cancelling.phase = Order::Phase::cancelling;
    CHECK(Order::follows(cancelling, order::event::Completed{ann}));
}

TEST_CASE("commands to a stream with a contradiction are refused by name, and others go on") {
    using stock::Stock;
    InMemory store;
    const NewEvent released = encode(Stock::Event{stock::event::Released{OrderId{"nobody"}, {3}}});
    REQUIRE(store->append_and_wait(
        {.metadata = {.time = Timestamp{1}, .actor = "x"}, .appends = {{"stock-tv", NoStream{}, {released}}}}));
    CommandProcessor<Stock> stocks{*store};
    const auto refused = stocks.submit(ProductId{"tv"}, stock::command::Receive{{1}}, {});
    REQUIRE_FALSE(refused);
    CHECK(std::get<UnreadableEvent>(refused.error()).type == "stock.released");
    CHECK(stocks.submit(ProductId{"mat"}, stock::command::Receive{{1}}, {}));
}

namespace {

SkipRecorded skipped(EventStore& store, const std::string& stream, Position at) {
    asio::io_context io;
    auto result = asio::co_spawn(
        io, skip_event(store, {.stream = stream, .position = at, .reason = "r", .metadata = {.actor = "op"}}),
        asio::use_future);
    io.run();
    const auto recorded = result.get();
    REQUIRE(recorded);
    return *recorded;
}

}  // namespace

TEST_CASE("a skipped event is left out from the first event, from a snapshot, and by a program that can read it") {
    using stock::Stock;
    InMemory store;
    CommandProcessor<Stock> stocks{*store, {.states_max = 100, .snapshot_events = 1}};
    const auto receive = [&](std::int64_t pieces) {
        return stocks.submit(ProductId{"tv"}, stock::command::Receive{{pieces}}, {}).has_value();
    };
    REQUIRE(receive(10));
    REQUIRE(store->wait_durable(Position{1}));
    const auto released = encode(Stock::Event{stock::event::Released{OrderId{"nobody"}, {3}}});
    const auto received = encode(Stock::Event{stock::event::Received{{100}}});
    const auto append = [&](std::uint64_t version, const NewEvent& event) {
        REQUIRE(store->append_and_wait(
            {.metadata = {.time = Timestamp{1}, .actor = "x"}, .appends = {{"stock-tv", Version{version}, {event}}}}));
    };
    append(1, released);
    append(2, received);
    CHECK_FALSE(receive(1));
    const auto first = skipped(*store, "stock-tv", Position{2});
    CHECK_FALSE(first.repeated);
    CHECK(skipped(*store, "stock-tv", Position{2}).repeated);
    CHECK(store->head() == Position{4});
    CHECK(receive(1));  // the processor knew the stream as unreadable
    REQUIRE(store->wait_durable(Position{5}));

    StateAt<Stock> now;
    REQUIRE(now.catch_up(*store, "stock-tv"));
    CHECK(now.state.on_hand == Quantity{111});
    CHECK(now.version == Version{5});
    StateAt<Stock> before;
    REQUIRE(before.catch_up(*store, "stock-tv", Version{2}));
    CHECK(before.state.on_hand == Quantity{10});

    // A program that could read the skipped event, and has a snapshot with it.
    auto applied = before;
    applied.state.on_hand = Quantity{7};
    REQUIRE(applied.catch_up(*store, "stock-tv"));
    CHECK(applied.state == now.state);
}

}  // namespace sillok
