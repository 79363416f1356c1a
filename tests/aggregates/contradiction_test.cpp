// Events that can be decoded and cannot come after the earlier ones of their stream: the state stays the one before.
#include "aggregates/command_processor.hpp"
#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

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

}  // namespace sillok
