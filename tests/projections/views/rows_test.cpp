#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "tests/projections/projection_fixture.hpp"

#include "projections/engine/search_text.hpp"

using namespace sillok;
using namespace sillok::testing;

namespace {

const CustomerId anna{"anna"};
std::string order_id(const OrderHistory::Row& row) { return row.order.value; }
std::string product_id(const StockLevels::Row& row) { return row.product.value; }

using Strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("order history") {
    TEST_CASE("an order is there with its lines once it is placed, and pending") {
        ProjectionFixture shop;
        shop.given("order-o1", placed("anna", "tv", 3));
        const auto row = shop.models->orders().get("o1");
        REQUIRE(row);
        CHECK(row->customer == anna);
        CHECK(row->customer_name == "name of anna");
        CHECK(row->customer_address == "address of anna");
        CHECK(row->total == Money{30'000, won});
        REQUIRE(row->lines.size() == 1);
        CHECK(row->lines[0].product_name == "name of tv");
        CHECK(row->state == OrderHistory::OrderPhase::placed);
        CHECK(row->payment_state == OrderHistory::PaymentPhase::absent);
        CHECK(row->pending);
        CHECK(row->version == Version{1});
        CHECK(row->placed_at == Timestamp{1'000});
        CHECK_FALSE(shop.models->orders().get("o2"));
    }

    TEST_CASE("the row of an order that is just placed is the row that the projection makes") {
        ProjectionFixture shop;
        const auto event = placed("anna", "tv", 3);
        const auto position = shop.given("order-o1", event);
        CHECK(shop.models->orders().get("o1") ==
              OrderHistory::placed(OrderId{"o1"}, event, Version{1}, position, Timestamp{1'000}));
    }

    TEST_CASE("a refund that was refused shows in the order, which is pending until the money is back") {
        ProjectionFixture shop;
        const Money price{10'000, won};
        shop.given("order-o1", placed("anna"), order::event::Confirmed{anna});
        shop.given("payment-o1", payment::event::Requested{anna, price}, payment::event::Authorised{anna, price, "r"},
                   payment::event::Captured{price});
        shop.given("delivery-o1", delivery::event::Prepared{anna, "Seoul"}, delivery::event::Started{anna, "post", "1"},
                   delivery::event::Returned{anna});
        CHECK(shop.models->orders().get("o1")->pending);
        shop.given("payment-o1", payment::event::RefundRequested{price, {}},
                   payment::event::RefundFailed{price, "account closed"});
        auto row = *shop.models->orders().get("o1");
        CHECK(row.pending);
        CHECK(row.refund_refused);
        CHECK(row.payment_reason == "account closed");
        shop.given("payment-o1", payment::event::RefundRequested{price, {}}, payment::event::Refunded{price});
        shop.given("order-o1", order::event::Returned{anna, {}});
        row = *shop.models->orders().get("o1");
        CHECK_FALSE(row.pending);
        CHECK_FALSE(row.refund_refused);
        CHECK(row.payment_reason.empty());
    }

    TEST_CASE("what a payment cannot come to is not in the order's row") {
        ProjectionFixture shop;
        const Money price{10'000, won};
        const Money more{10'001, won};
        shop.given("order-o1", placed("anna"));
        shop.given("payment-o1", payment::event::Requested{anna, price}, payment::event::Authorised{anna, price, "r"});
        Position wrong;
        SUBCASE("more is captured than was asked for") {
            wrong = shop.given("payment-o1", payment::event::Captured{more});
        }
        SUBCASE("more is to be paid back than was captured") {
            shop.given("payment-o1", payment::event::Captured{price});
            wrong = shop.given("payment-o1", payment::event::RefundRequested{more, {}});
        }
        SUBCASE("what nobody asked for is paid back") {
            shop.given("payment-o1", payment::event::Captured{price});
            wrong = shop.given("payment-o1", payment::event::Refunded{price});
        }
        SUBCASE("it is paid back twice") {
            shop.given("payment-o1", payment::event::Captured{price}, payment::event::RefundRequested{{1, won}, {}},
                       payment::event::Refunded{{1, won}});
            wrong = shop.given("payment-o1", payment::event::Refunded{{1, won}});
        }
        REQUIRE(shop.models->orders().parked_at("o1"));
        CHECK(shop.models->orders().parked_at("o1")->position == wrong);
    }
    TEST_CASE("payment and delivery show in the order, and do not change its own version") {
        ProjectionFixture shop;
        shop.given("order-o1", placed("anna"));
        shop.given("payment-o1", payment::event::Requested{anna, Money{10'000, won}},
                   payment::event::Authorised{anna, Money{10'000, won}, "r"});
        shop.given("order-o1", order::event::Confirmed{anna});
        shop.given("delivery-o1", delivery::event::Prepared{anna, "Seoul"});
        auto row = *shop.models->orders().get("o1");
        CHECK(row.state == OrderHistory::OrderPhase::confirmed);
        CHECK(row.payment_state == OrderHistory::PaymentPhase::authorised);
        CHECK(row.delivery_state == OrderHistory::DeliveryPhase::prepared);
        CHECK_FALSE(row.pending);
        CHECK(row.version == Version{2});
        Strings types;
        for (const auto& entry : row.timeline) types.push_back(entry.type);
        CHECK(types == Strings{"order.placed", "payment.requested", "payment.authorised", "order.confirmed",
                               "delivery.prepared"});
        CHECK(row.timeline.back().position == Position{5});
    }

    TEST_CASE("a rejected order says why") {
        ProjectionFixture shop;
        shop.given("order-o1", placed("anna"), order::event::Rejected{anna, "insufficient-stock", "10 of tv are left"});
        const auto row = *shop.models->orders().get("o1");
        CHECK(row.state == OrderHistory::OrderPhase::rejected);
        CHECK(row.reason == "insufficient-stock");
        CHECK(row.detail == "10 of tv are left");
        CHECK_FALSE(row.pending);
    }

    TEST_CASE("a cancelled order is pending until it is cancelled, and refunded when all was given back") {
        ProjectionFixture shop;
        shop.given("order-o1", placed("anna"), order::event::Confirmed{anna},
                   order::event::CancellationRequested{anna, "changed my mind"});
        CHECK(shop.models->orders().get("o1")->pending);
        shop.given("payment-o1", payment::event::Requested{anna, Money{10'000, won}},
                   payment::event::Authorised{anna, Money{10'000, won}, "ref"},
                   payment::event::Captured{Money{10'000, won}}, payment::event::RefundRequested{Money{4'000, won}},
                   payment::event::Refunded{Money{4'000, won}});
        CHECK(shop.models->orders().get("o1")->payment_state == OrderHistory::PaymentPhase::captured);
        shop.given("payment-o1", payment::event::RefundRequested{Money{6'000, won}},
                   payment::event::Refunded{Money{6'000, won}});
        shop.given("order-o1", order::event::Cancelled{anna});
        const auto row = *shop.models->orders().get("o1");
        CHECK(row.payment_state == OrderHistory::PaymentPhase::refunded);
        CHECK(row.refunded == Money{10'000, won});
        CHECK(row.state == OrderHistory::OrderPhase::cancelled);
        CHECK(row.reason == "changed my mind");
        CHECK_FALSE(row.pending);
    }

    TEST_CASE("orders are listed newest first, all of them, by state and by customer") {
        ProjectionFixture shop;
        shop.given("order-o1", placed("anna"));
        shop.given("order-o2", placed("ben"));
        shop.given("order-o3", placed("anna"));
        shop.given("order-o1", order::event::Confirmed{anna});
        const auto& orders = shop.models->orders();
        CHECK(listed(orders, OrderHistory::all(), order_id) == Strings{"o3", "o2", "o1"});
        CHECK(listed(orders, OrderHistory::in_state(OrderHistory::OrderPhase::placed), order_id) ==
              Strings{"o3", "o2"});
        CHECK(listed(orders, OrderHistory::in_state(OrderHistory::OrderPhase::confirmed), order_id) == Strings{"o1"});
        CHECK(listed(orders, OrderHistory::of_customer(anna), order_id) == Strings{"o3", "o1"});
        CHECK(listed(orders, OrderHistory::of_customer(anna, OrderHistory::OrderPhase::confirmed), order_id) ==
              Strings{"o1"});
        CHECK(listed(orders, OrderHistory::of_customer(CustomerId{"an"}), order_id).empty());
    }
}

TEST_SUITE("stock levels") {
    TEST_CASE("what is reserved is on hand and not available; what has left is neither") {
        ProjectionFixture shop;
        shop.given("product-tv", registered("TV"));
        shop.given("stock-tv", stock::event::Received{Quantity{10}},
                   stock::event::Reserved{OrderId{"o1"}, Quantity{3}});
        auto row = *shop.models->stock().get("tv");
        CHECK(row.product_name == "TV");
        CHECK(row.price == Money{10'000, won});
        CHECK(row.on_hand == Quantity{10});
        CHECK(row.reserved == Quantity{3});
        CHECK(row.available == Quantity{7});
        shop.given("stock-tv", stock::event::Committed{OrderId{"o1"}, Quantity{3}},
                   stock::event::Reserved{OrderId{"o2"}, Quantity{2}},
                   stock::event::Released{OrderId{"o2"}, Quantity{2}}, stock::event::Adjusted{Quantity{-1}, "broken"},
                   stock::event::Returned{OrderId{"o1"}, Quantity{3}});
        row = *shop.models->stock().get("tv");
        CHECK(row.on_hand == Quantity{9});
        CHECK(row.reserved == Quantity{0});
        CHECK(row.available == Quantity{9});
        CHECK(row.version == Version{1});
        CHECK(row.stock_version == Version{7});
    }

    TEST_CASE("products are found by a part of their name in any case, in order of their names") {
        ProjectionFixture shop;
        shop.given("product-1", registered("White HEART holder"));
        shop.given("product-2", registered("Red heart"));
        shop.given("product-3", registered("하트 램프"));
        shop.given("product-4", registered("Écharpe"));
        shop.given("stock-5", stock::event::Received{Quantity{1}});
        const auto& stock = shop.models->stock();
        CHECK(listed(stock, StockLevels::for_sale(), product_id) == Strings{"2", "1", "4", "3"});
        CHECK(listed(stock, StockLevels::for_sale("Heart"), product_id) == Strings{"2", "1"});
        CHECK(listed(stock, StockLevels::for_sale("하트"), product_id) == Strings{"3"});
        CHECK(listed(stock, StockLevels::for_sale("éCHARPE"), product_id) == Strings{"4"});
        CHECK(listed(stock, StockLevels::for_sale("dog"), product_id).empty());
    }

    TEST_CASE("a discontinued or renamed product is listed only where it belongs") {
        ProjectionFixture shop;
        shop.given("product-1", registered("Lamp"), product::event::Revised{"Torch", Money{5, won}, "bright", "light"});
        shop.given("product-2", registered("Lamp"), product::event::Discontinued{});
        const auto& stock = shop.models->stock();
        CHECK(listed(stock, StockLevels::for_sale("lamp"), product_id).empty());
        CHECK(listed(stock, StockLevels::all("lamp"), product_id) == Strings{"2"});
        CHECK(listed(stock, StockLevels::for_sale("torch"), product_id) == Strings{"1"});
        CHECK(stock.get("1")->price == Money{5, won});
        CHECK(stock.get("2")->discontinued);
    }

    TEST_CASE("lower case is for letters that have it, and leaves other bytes alone") {
        CHECK(search_text("ÀÉÞ×ß ΑΩ ЁЖ 한글 aB") == "àéþ×ss αω ёж 한글 ab");
        CHECK(search_text("\xff\xc3") == "\xff\xc3");
    }
}

TEST_SUITE("delivery status") {
    TEST_CASE("the seller's list shows the oldest first and loses what has gone on") {
        ProjectionFixture shop;
        shop.given("delivery-o1", delivery::event::Prepared{anna, "Seoul"});
        shop.given("delivery-o2", delivery::event::Prepared{anna, "Busan"});
        shop.given("delivery-o3", delivery::event::Prepared{anna, "Jeju"});
        shop.given("delivery-o2", delivery::event::Started{anna, "Post", "T-2"});
        const auto order_of = [](const DeliveryStatus::Row& row) { return row.order.value; };
        const auto& deliveries = shop.models->deliveries();
        using Phase = DeliveryStatus::Phase;
        CHECK(listed(deliveries, DeliveryStatus::in_state(Phase::prepared), order_of) == Strings{"o1", "o3"});
        CHECK(listed(deliveries, DeliveryStatus::in_state(Phase::started), order_of) == Strings{"o2"});
        CHECK(listed(deliveries, DeliveryStatus::all(), order_of) == Strings{"o1", "o2", "o3"});
        const auto row = *deliveries.get("o2");
        CHECK(row.address == "Busan");
        CHECK(row.carrier == "Post");
        CHECK(row.tracking_number == "T-2");
        CHECK(row.version == Version{2});
        REQUIRE(row.history.size() == 2);
        CHECK(row.history[1].type == "delivery.started");
    }
}

TEST_SUITE("notifications") {
    TEST_CASE("one message for each event that a customer hears of, newest first") {
        ProjectionFixture shop;
        shop.given("order-o1", placed("anna"));
        shop.given("payment-o1", payment::event::Requested{anna, Money{1, won}},
                   payment::event::Authorised{anna, Money{1, won}, "r"}, payment::event::Captured{Money{1, won}});
        shop.given("order-o1", order::event::Confirmed{anna});
        shop.given("delivery-o1", delivery::event::Prepared{anna, "Seoul"},
                   delivery::event::Started{anna, "Post", "T-1"}, delivery::event::Completed{anna});
        shop.given("order-o1", order::event::Completed{anna});
        shop.given("order-o2", placed("ben"), order::event::Rejected{CustomerId{"ben"}, "payment-declined", ""});
        const auto type_of = [](const Notifications::Row& row) { return row.type; };
        const auto& notifications = shop.models->notifications();
        CHECK(listed(notifications, Notifications::of_customer(anna), type_of) ==
              Strings{"delivery.completed", "delivery.started", "delivery.prepared", "order.confirmed",
                      "payment.authorised"});
        const auto bens = notifications.page(Notifications::of_customer(CustomerId{"ben"}));
        REQUIRE(bens);
        REQUIRE(bens->rows.size() == 1);
        CHECK(bens->rows[0].text == "Order o2 could not be accepted: payment-declined.");
        CHECK(bens->rows[0].order == OrderId{"o2"});
        CHECK(notifications.get(Notifications::key_of(bens->rows[0].sequence)) == bens->rows[0]);
    }
}

TEST_SUITE("saga monitor") {
    const std::string stream = "saga-fulfilment-o1";
    const Uuid reserve{{1}};
    const Uuid authorise{{2}};
    const saga::event::Started started{"fulfilment",  1,  OrderId{"o1"}, anna, "Seoul",
                                       Money{1, won}, {}, Position{1},   {}};

    saga::event::CommandScheduled intended(std::string step, const Uuid& id, std::uint32_t attempt,
                                           std::int64_t deadline) {
        return {std::move(step), saga::Direction::forward, id, "stock-tv", attempt, 1, false, Timestamp{deadline}};
    }
    saga::event::CommandCompleted settled(std::string step, const Uuid& id, saga::Outcome outcome,
                                          std::int64_t retry_at = 0) {
        return {id, std::move(step), saga::Direction::forward, outcome, "", "", Timestamp{retry_at}};
    }

    TEST_CASE("a running saga shows its steps, attempts and what it waits for") {
        ProjectionFixture shop;
        shop.given(stream, started, intended("reserve", reserve, 1, 50), intended("authorise", authorise, 1, 40));
        auto row = *shop.models->sagas().get("fulfilment-o1");
        CHECK(row.definition == "fulfilment");
        CHECK(row.order == OrderId{"o1"});
        CHECK(row.state == SagaMonitor::State::running);
        CHECK(row.next_deadline == Timestamp{40});
        shop.given(stream, settled("reserve", reserve, saga::Outcome::done),
                   settled("authorise", authorise, saga::Outcome::unknown, 70));
        row = *shop.models->sagas().get("fulfilment-o1");
        CHECK(row.next_deadline == Timestamp{0});
        CHECK(row.retry_at == Timestamp{70});
        shop.given(stream, intended("authorise", authorise, 2, 90));
        row = *shop.models->sagas().get("fulfilment-o1");
        REQUIRE(row.steps.size() == 2);
        CHECK(row.steps[0].outcome == saga::Outcome::done);
        CHECK(row.steps[1].attempts == 2);
        CHECK_FALSE(row.steps[1].outcome);
        CHECK(row.next_deadline == Timestamp{90});
        CHECK(row.retry_at == Timestamp{0});
    }

    TEST_CASE("a saga that parks waits for an operator, goes on, and ends") {
        ProjectionFixture shop;
        using State = SagaMonitor::State;
        const auto& sagas = shop.models->sagas();
        const auto id_of_saga = [](const SagaMonitor::Row& row) { return row.saga; };
        shop.given(stream, started, saga::event::CompensationStarted{"payment-declined", ""},
                   saga::event::Parked{"void", "no answer"});
        CHECK(sagas.get("fulfilment-o1")->parked_reason == "no answer");
        CHECK(listed(sagas, SagaMonitor::in_state(State::parked), id_of_saga) == Strings{"fulfilment-o1"});
        shop.given(stream, intended("void", authorise, 5, 90));
        CHECK(sagas.get("fulfilment-o1")->state == State::compensating);
        CHECK(sagas.get("fulfilment-o1")->parked_reason.empty());
        CHECK(listed(sagas, SagaMonitor::in_state(State::parked), id_of_saga).empty());
        shop.given(stream, saga::event::Ended{saga::Ending::compensated, ""});
        CHECK(sagas.get("fulfilment-o1")->state == State::compensated);
        CHECK(sagas.get("fulfilment-o1")->reason == "payment-declined");
        CHECK(sagas.get("fulfilment-o1")->next_deadline == Timestamp{0});
    }

    TEST_CASE("what an operator did to a saga is listed with it, and it is not parked any more") {
        ProjectionFixture shop;
        using State = SagaMonitor::State;
        const auto& sagas = shop.models->sagas();
        using OperatorAction = saga::OperatorAction;
        shop.given(stream, started, saga::event::Parked{"authorise", "outcome-unknown"},
                   saga::event::Intervened{OperatorAction::annotate, "authorise", "called the bank", "", {}});
        CHECK(sagas.get("fulfilment-o1")->state == State::parked);
        shop.given(stream,
                   saga::event::Intervened{OperatorAction::skip, "authorise", "paid in cash", "receipt 17", {}});
        auto row = *sagas.get("fulfilment-o1");
        CHECK(row.state == State::running);
        CHECK(row.parked_reason.empty());
        REQUIRE(row.interventions.size() == 2);
        CHECK(row.interventions[1].verb == OperatorAction::skip);
        CHECK(row.interventions[1].result == "receipt 17");
        shop.given(stream, saga::event::Parked{"", "broken"},
                   saga::event::Intervened{OperatorAction::compensate, "", "give up", "", {}});
        row = *sagas.get("fulfilment-o1");
        CHECK(row.state == State::compensating);
        CHECK(row.reason == "operator-decided");
        shop.given(stream, saga::event::Ended{saga::Ending::compensated, ""},
                   saga::event::Intervened{OperatorAction::annotate, "", "told the customer", "", {}});
        CHECK(sagas.get("fulfilment-o1")->state == State::compensated);
    }

    TEST_CASE("an order's sagas are listed in the order of their beginning") {
        ProjectionFixture shop;
        shop.given(stream, started);
        auto cancellation = started;
        cancellation.definition = "cancellation";
        shop.given("saga-cancellation-o1", cancellation, saga::event::Ignored{Position{1}, "stock.reserved", "late"});
        const auto id_of_saga = [](const SagaMonitor::Row& row) { return row.saga; };
        CHECK(listed(shop.models->sagas(), SagaMonitor::of_order(OrderId{"o1"}), id_of_saga) ==
              Strings{"fulfilment-o1", "cancellation-o1"});
        CHECK(shop.models->sagas().get("cancellation-o1")->ignored == 1);
        CHECK(text(SagaMonitor::State::compensating) == "compensating");
        CHECK(parse_saga_state("parked") == SagaMonitor::State::parked);
        CHECK_FALSE(parse_saga_state("asleep"));
    }
}
