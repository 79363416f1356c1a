// A log with an event that this program cannot read: what concerns that aggregate is refused by name, or marked;
// everything else works, and the server is ready.
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"
#include "tests/eventually.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace sillok;
using namespace sillok::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// The products "tv" and "mat", a confirmed order o1 of a tv, and an event of a newer program at the end of one stream.
struct NewerLogFixture {
    TemporaryDirectory directory;
    Position position;  // of that event
    std::optional<RunningServer> sillok;
    std::optional<HttpClient> client;

    explicit NewerLogFixture(const std::string& stream,
                             NewEvent event = {"future.happened", 1, "the payload of a newer program"}) {
        start();
        offer(*client, 10);
        register_mat();
        REQUIRE(client
                    ->post("/v1/customers", {{"customerId", "ann"},
                                             {"name", "Ann"},
                                             {"email", "ann@example.org"},
                                             {"password", "correct horse battery"}})
                    .status == 201);
        REQUIRE(order("o1", "tv").at("state") == "confirmed");
        stop();
        add(stream, std::move(event));
        start();
    }

    void start() {
        sillok.emplace(BackendOptions{.data = directory.path() / "data"});
        client.emplace(sillok->client());
    }
    void stop() {
        client.reset();
        sillok.reset();
    }
    void register_mat() {
        const json price{{"amount", 5}, {"currency", "KRW"}};
        REQUIRE(client->post("/v1/products", {{"productId", "mat"}, {"name", "Mat"}, {"price", price}}).status == 201);
        REQUIRE(client->post("/v1/products/mat/stock-receipts", {{"quantity", 10}}).status == 201);
    }
    void add(const std::string& stream, NewEvent event) {
        EventStore store{RocksLog::open(directory.path() / "data" / "log", RocksLog::Mode::create).value()};
        const auto version = store.version_of(stream);
        const auto expected = version == Version{} ? Expected{NoStream{}} : Expected{version};
        const auto added = store.append_and_wait({.metadata = {.time = Timestamp{1}, .actor = "a newer program"},
                                                  .appends = {{stream, expected, {std::move(event)}}}});
        REQUIRE(added);
        position = added->last;
    }
    json order(const std::string& id, const std::string& product) {
        const json body{{"orderId", id}, {"productId", product}, {"quantity", 1}, {"customerId", "ann"}};
        return client->post("/v1/orders", body, {{"Prefer", "wait=5"}}).json();
    }
    bool is_refused_by_name(const Reply& reply, const std::string& stream,
                            const std::string& why = "unknown event") const {
        CAPTURE(reply.body);
        CHECK(reply.status == 409);
        const auto problem = reply.json();
        CHECK(problem.value("code", "") == "event-unreadable");
        const auto where = "position " + std::to_string(position.value) + ", stream " + stream + ": " + why;
        CHECK(problem.value("detail", "").starts_with(where));
        return reply.status == 409;
    }
    Reply skip(Position at, const std::string& stream, const json& headers = json::object()) {
        const auto path = "/v1/admin/events/" + std::to_string(at.value) + "/skip";
        const json body{{"stream", stream}, {"reason", "an import went wrong"}};
        if (headers.empty()) return client->post(path, body);
        return client->post(path, body, {{"Idempotency-Key", headers.at("key").get<std::string>()}});
    }
    std::string code_of_skipping(Position at, const std::string& stream) {
        const auto reply = skip(at, stream);
        return std::to_string(reply.status) + " " + reply.json().value("code", "");
    }
    void everything_else_works(const std::string& id) {
        CHECK(eventually(20s, "the server is ready", [&] { return client->get("/readyz").status == 200; }));
        CHECK(order(id, "mat").at("state") == "confirmed");
    }
    void and_after_a_restart(const std::string& id) {
        stop();
        start();
        REQUIRE(eventually(10s, "the server is ready", [&] { return client->get("/readyz").status == 200; }));
        everything_else_works(id);
    }
};

}  // namespace

TEST_CASE("an order with an unreadable event shows what was before it, and is not cancelled") {
    NewerLogFixture fixture{"order-o1"};
    auto& client = *fixture.client;
    REQUIRE(eventually(10s, "the row says so",
                       [&] { return client.get("/v1/orders/o1").json().contains("unreadableEvent"); }));
    const auto row = client.get("/v1/orders/o1").json();
    CHECK(row.at("state") == "confirmed");
    CHECK(row.at("unreadableEvent").at("position") == fixture.position.value);
    CHECK(row.at("unreadableEvent").at("stream") == "order-o1");
    CHECK(row.at("unreadableEvent").at("type") == "future.happened");
    CHECK_FALSE(row.at("_links").contains("cancel"));
    CHECK(client.get("/v1/orders").json().at("items").at(0).contains("unreadableEvent"));
    CHECK(fixture.is_refused_by_name(client.post("/v1/orders/o1/cancellation", json::object()), "order-o1"));
    CHECK(fixture.is_refused_by_name(
        client.post("/v1/orders/o1/cancellation", json::object(), {{"Idempotency-Key", "k"}}), "order-o1"));
    CHECK(fixture.is_refused_by_name(client.get("/v1/orders/o1?asOf=" + std::to_string(fixture.position.value)),
                                     "order-o1"));
    CHECK(client.get("/v1/orders/o1?asOf=" + std::to_string(fixture.position.value - 1)).status == 200);
    CHECK(client.get("/v1/orders/o1/events").status == 200);
    fixture.everything_else_works("o2");
    CHECK_FALSE(client.get("/v1/orders/o2").json().contains("unreadableEvent"));
    fixture.and_after_a_restart("o3");
}

TEST_CASE("an order of a product whose stock cannot be followed is parked; its receipts are refused") {
    NewerLogFixture fixture{"stock-tv"};
    auto& client = *fixture.client;
    const json body{{"orderId", "o2"}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "ann"}};
    CHECK(client.post("/v1/orders", body).status == 201);
    fixture.everything_else_works("o3");
    CHECK(fixture.is_refused_by_name(client.post("/v1/products/tv/stock-receipts", {{"quantity", 1}}), "stock-tv"));
    CHECK(client.get("/v1/stock/tv").json().at("unreadableEvent").at("position") == fixture.position.value);
    REQUIRE(eventually(10s, "the saga is parked", [&] {
        return client.get("/v1/admin/sagas/fulfilment-o2").json().value("state", "") == "parked";
    }));
    const auto saga = client.get("/v1/admin/sagas/fulfilment-o2").json();
    CHECK(saga.at("parkedStep") == "reserve");
    CHECK(saga.at("parkedReason").get<std::string>().contains("unknown event future.happened"));
    CHECK(saga.at("parkedReason").get<std::string>().contains("position " + std::to_string(fixture.position.value)));
    fixture.and_after_a_restart("o4");
    CHECK(fixture.client->get("/v1/admin/sagas/fulfilment-o2").json().at("state") == "parked");

    // An operator may go on without it.
    const json without{{"reason", "counted by hand"}, {"result", "set aside"}};
    CHECK(fixture.client->post("/v1/admin/sagas/fulfilment-o2/skip", without).status == 200);
    CHECK(eventually(10s, "the order goes on",
                     [&] { return fixture.client->get("/v1/orders/o2").json().value("state", "") == "confirmed"; }));
}

TEST_CASE("only orders of the product that cannot be read are refused") {
    NewerLogFixture fixture{"product-tv"};
    const json body{{"orderId", "o2"}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "ann"}};
    CHECK(fixture.is_refused_by_name(fixture.client->post("/v1/orders", body), "product-tv"));
    CHECK(fixture.is_refused_by_name(fixture.client->remove("/v1/products/tv"), "product-tv"));
    fixture.everything_else_works("o3");
    fixture.and_after_a_restart("o4");
}

TEST_CASE("a journal that cannot be read shows as parked, alone") {
    NewerLogFixture fixture{"saga-fulfilment-o1"};
    auto& client = *fixture.client;
    fixture.everything_else_works("o2");
    const auto parked = client.get("/v1/admin/sagas?state=parked").json();
    REQUIRE(parked.at("items").size() == 1);
    CHECK(parked.at("items").at(0).at("saga") == "fulfilment-o1");
    CHECK(parked.at("items").at(0).at("parkedReason").get<std::string>().starts_with("event-unreadable: position "));
    CHECK(client.post("/v1/admin/sagas/fulfilment-o1/retry", {{"reason", "try"}}).status == 500);
    CHECK(client.post("/v1/deliveries/o1/start", json::object()).status == 200);
    fixture.everything_else_works("o3");
    fixture.and_after_a_restart("o4");
}

TEST_CASE("commands to a delivery, a payment and a customer that cannot be read are refused, and no others") {
    SUBCASE("delivery") {
        NewerLogFixture fixture{"delivery-o1"};
        CHECK(
            fixture.is_refused_by_name(fixture.client->post("/v1/deliveries/o1/start", json::object()), "delivery-o1"));
        CHECK(eventually(10s, "the row says so",
                         [&] { return fixture.client->get("/v1/deliveries/o1").json().contains("unreadableEvent"); }));
        fixture.and_after_a_restart("o2");
    }
    SUBCASE("payment") {
        NewerLogFixture fixture{"payment-o1"};
        CHECK(fixture.client->post("/v1/deliveries/o1/start", json::object()).status == 200);
        CHECK(eventually(10s, "the saga is parked", [&] {
            const auto saga = fixture.client->get("/v1/admin/sagas/fulfilment-o1").json();
            return saga.value("parkedStep", "") == "capture";
        }));
        fixture.and_after_a_restart("o2");
    }
    SUBCASE("customer") {
        NewerLogFixture fixture{"customer-ann"};
        const json again{{"customerId", "ann"},
                         {"name", "Ann"},
                         {"email", "ann@example.net"},
                         {"password", "correct horse battery"}};
        CHECK(fixture.is_refused_by_name(fixture.client->post("/v1/customers", again), "customer-ann"));
        fixture.and_after_a_restart("o2");
    }
    SUBCASE("nobody's") {
        NewerLogFixture fixture{"warehouse-7"};
        fixture.and_after_a_restart("o2");
    }
}

TEST_CASE("no money is taken for a delivery that cannot be followed, until an operator has decided") {
    const delivery::Delivery::Event started = delivery::event::Started{};
    auto newer = encode(started);
    newer.schema_version = 9;
    NewerLogFixture fixture{"delivery-o1", std::move(newer)};
    auto& client = *fixture.client;
    REQUIRE(eventually(10s, "the saga is parked", [&] {
        return client.get("/v1/admin/sagas/fulfilment-o1").json().value("state", "") == "parked";
    }));
    const auto saga = client.get("/v1/admin/sagas/fulfilment-o1").json();
    CHECK(saga.at("parkedReason").get<std::string>().starts_with("event-unreadable: position "));
    CHECK(client.get("/v1/orders/o1").json().at("paymentState") == "authorised");
    CHECK(client.get("/v1/stock/tv").json().at("onHand") == 10);
    const auto offers_start = [&] { return client.get("/v1/deliveries/o1").json().at("_links").contains("start"); };
    CHECK_FALSE(offers_start());

    REQUIRE(fixture.skip(fixture.position, "delivery-o1").status == 200);
    REQUIRE(eventually(10s, "the saga goes on", [&] {
        return client.get("/v1/admin/sagas/fulfilment-o1").json().value("state", "") != "parked";
    }));
    CHECK(client.get("/v1/orders/o1").json().at("paymentState") == "authorised");
    CHECK(offers_start());
    REQUIRE(client.post("/v1/deliveries/o1/start", json::object()).status == 200);
    CHECK(eventually(10s, "the money is taken when the goods leave",
                     [&] { return client.get("/v1/orders/o1").json().value("paymentState", "") == "captured"; }));
    fixture.and_after_a_restart("o3");
}

TEST_CASE("an order's or a delivery's event in a stream of another kind moves nothing") {
    const order::Order::Event placed = order::event::Placed{CustomerId{"ann"},
                                                            "Ann",
                                                            "Seoul",
                                                            {{ProductId{"tv"}, "TV", {1}, {100, {{'K', 'R', 'W'}}}}},
                                                            {100, {{'K', 'R', 'W'}}}};
    const delivery::Delivery::Event started = delivery::event::Started{};
    for (const auto* stream : {"customer-new", "weird-new", "saga-new"}) {
        CAPTURE(stream);
        NewerLogFixture fixture{stream, encode(placed)};
        fixture.everything_else_works("o2");
        CHECK(fixture.client->get("/v1/admin/sagas/fulfilment-new").status == 404);
    }
    NewerLogFixture fixture{"weird-o1", encode(started)};
    fixture.everything_else_works("o2");
    CHECK(fixture.client->get("/v1/orders/o1").json().at("paymentState") == "authorised");
    CHECK(fixture.client->get("/v1/stock/tv").json().at("onHand") == 10);
}

TEST_CASE("an order whose placing cannot be read is not taken for one that is not there") {
    NewerLogFixture fixture{"warehouse-7"};
    fixture.stop();
    fixture.add("order-o9", {"order.placed", 9, "placed with more fields"});
    fixture.start();
    CHECK(eventually(10s, "it is refused by name", [&] {
        return fixture.client->get("/v1/orders/o9").json().value("code", "") == "event-unreadable";
    }));
    fixture.and_after_a_restart("o2");
}

TEST_CASE("an operator skips the event at which a saga's journal cannot be read: the saga goes on where it was") {
    NewerLogFixture fixture{"saga-fulfilment-o1"};
    auto& client = *fixture.client;
    const auto state = [&] { return client.get("/v1/admin/sagas/fulfilment-o1").json().value("state", ""); };
    REQUIRE(eventually(10s, "the saga is parked", [&] { return state() == "parked"; }));
    REQUIRE(client.post("/v1/deliveries/o1/start", json::object()).status == 200);
    fixture.everything_else_works("o2");

    const auto at = fixture.position;
    REQUIRE(fixture.skip(at, "saga-fulfilment-o1").status == 200);
    CHECK(eventually(10s, "the saga acts on what it could not hear",
                     [&] { return client.get("/v1/orders/o1").json().value("paymentState", "") == "captured"; }));
    CHECK(eventually(10s, "its row goes on", [&] { return state() == "running"; }));
    REQUIRE(client.post("/v1/deliveries/o1/completion", json::object()).status == 200);
    CHECK(eventually(10s, "it ends", [&] { return state() == "completed"; }));
    fixture.and_after_a_restart("o3");
    CHECK(fixture.client->get("/v1/admin/sagas/fulfilment-o1").json().value("state", "") == "completed");
}

TEST_CASE("of a saga's journal only the last event is skipped") {
    NewerLogFixture fixture{"saga-fulfilment-o1"};
    const auto first = fixture.position;
    fixture.stop();
    fixture.add("saga-fulfilment-o1", {"future.happened", 1, "another one"});
    fixture.start();
    CHECK(fixture.code_of_skipping(first, "saga-fulfilment-o1") == "409 event-not-skippable");
}

TEST_CASE("an order that is placed twice shows the first placing, and is refused by name") {
    NewerLogFixture fixture{"order-o1", encode(order::Order::Event{order::event::Placed{}})};
    auto& client = *fixture.client;
    REQUIRE(eventually(10s, "the row says so",
                       [&] { return client.get("/v1/orders/o1").json().contains("unreadableEvent"); }));
    const auto row = client.get("/v1/orders/o1").json();
    CHECK(row.at("customerId") == "ann");
    CHECK(row.at("unreadableEvent").at("type") == "order.placed");
    CHECK(row.at("unreadableEvent").at("reason") == "order.placed contradicts the earlier events of its stream");
    const std::string why = "order.placed contradicts the earlier events";
    CHECK(fixture.is_refused_by_name(client.post("/v1/orders/o1/cancellation", json::object()), "order-o1", why));
    CHECK(fixture.is_refused_by_name(client.get("/v1/orders/o1?asOf=" + std::to_string(fixture.position.value)),
                                     "order-o1", why));
    fixture.everything_else_works("o2");
    fixture.and_after_a_restart("o3");
}

TEST_CASE("a stock that gives back what nobody had reserved is refused by name, and its row says so") {
    NewerLogFixture fixture{"stock-tv", encode(stock::Stock::Event{stock::event::Released{OrderId{"o9"}, {3}}})};
    auto& client = *fixture.client;
    CHECK(fixture.is_refused_by_name(client.post("/v1/products/tv/stock-receipts", {{"quantity", 1}}), "stock-tv",
                                     "stock.released contradicts the earlier events"));
    CHECK(eventually(10s, "the row says so", [&] {
        return client.get("/v1/stock/tv").json().value("unreadableEvent", json::object()).value("type", "") ==
               "stock.released";
    }));
    fixture.everything_else_works("o2");
    fixture.and_after_a_restart("o3");
}

TEST_CASE("an amount that a payment cannot have is not shown, now or as of then, and not after it is skipped") {
    const Money price{10'000, {{'K', 'R', 'W'}}};
    std::optional<NewEvent> event;
    SUBCASE("captured") {
        event = encode(payment::Payment::Event{payment::event::Captured{{999'999, price.currency}}});
    }
    SUBCASE("refunded") { event = encode(payment::Payment::Event{payment::event::Refunded{price}}); }
    NewerLogFixture fixture{"payment-o1", *event};
    auto& client = *fixture.client;
    REQUIRE(eventually(10s, "the row says so",
                       [&] { return client.get("/v1/orders/o1").json().contains("unreadableEvent"); }));
    CHECK(client.get("/v1/orders/o1").json().at("paymentState") == "authorised");
    const auto as_of = "/v1/orders/o1?asOf=" + std::to_string(fixture.position.value);
    CHECK(fixture.is_refused_by_name(client.get(as_of), "payment-o1", event->type + " contradicts"));

    REQUIRE(fixture.skip(fixture.position, "payment-o1").status == 200);
    REQUIRE(eventually(10s, "the row goes on",
                       [&] { return client.get("/v1/orders/o1").json().contains("skippedEvents"); }));
    CHECK(client.get(as_of).json().value("paymentState", "") == "authorised");
    CHECK(client.post("/v1/deliveries/o1/start", json::object()).status == 200);
    CHECK(eventually(10s, "the order goes on",
                     [&] { return client.get("/v1/orders/o1").json().at("paymentState") == "captured"; }));
    fixture.and_after_a_restart("o2");
}

TEST_CASE("a stock whose row had applied what is skipped is as it was before, at once") {
    NewerLogFixture fixture{"stock-tv", encode(stock::Stock::Event{stock::event::Released{OrderId{"o9"}, {1}}})};
    auto& client = *fixture.client;
    const auto reserved = [&] { return client.get("/v1/stock/tv").json().at("reserved"); };
    REQUIRE(eventually(10s, "the row has applied it", [&] { return reserved() == 0; }));
    REQUIRE(fixture.skip(fixture.position, "stock-tv").status == 200);
    CHECK(eventually(10s, "the row is without it", [&] { return reserved() == 1; }));
    CHECK(client.get("/v1/stock/tv").json().at("available") == 9);
    CHECK(fixture.order("o2", "tv").at("state") == "confirmed");
    CHECK(eventually(10s, "the row goes on", [&] { return reserved() == 2; }));
    fixture.and_after_a_restart("o3");
    CHECK(fixture.client->get("/v1/stock/tv").json().at("reserved") == 2);
}

TEST_CASE("an operator skips an unreadable event: commands, the row and the parked saga go on, also after a restart") {
    NewerLogFixture fixture{"stock-tv"};
    auto& client = *fixture.client;
    const auto at = fixture.position;
    const json body{{"orderId", "o2"}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "ann"}};
    REQUIRE(client.post("/v1/orders", body).status == 201);
    REQUIRE(eventually(10s, "the saga is parked", [&] {
        return client.get("/v1/admin/sagas/fulfilment-o2").json().value("state", "") == "parked";
    }));

    const auto skipped = fixture.skip(at, "stock-tv", {{"key", "k1"}});
    CAPTURE(skipped.body);
    REQUIRE(skipped.status == 200);
    CHECK(skipped.json().at("position") == at.value);
    CHECK(skipped.json().at("type") == "future.happened");
    CHECK(client.post("/v1/products/tv/stock-receipts", {{"quantity", 1}}).status == 201);
    CHECK(eventually(10s, "the order goes on without a restart",
                     [&] { return client.get("/v1/orders/o2").json().value("state", "") == "confirmed"; }));
    REQUIRE(eventually(10s, "the row goes on",
                       [&] { return client.get("/v1/stock/tv").json().value("reserved", 0) == 2; }));
    const auto row = client.get("/v1/stock/tv").json();
    CHECK(row.at("onHand") == 11);
    CHECK_FALSE(row.contains("unreadableEvent"));
    CHECK(row.at("skippedEvents").at(0).at("position") == at.value);
    CHECK(row.at("skippedEvents").at(0).at("reason") == "an import went wrong");

    // Once is enough, with the same key or without one.
    const auto head = client.get("/readyz?verbose").json().at("log").at("head");
    CHECK(fixture.skip(at, "stock-tv", {{"key", "k1"}}).status == 200);
    CHECK(fixture.skip(at, "stock-tv").status == 200);
    CHECK(client.get("/readyz?verbose").json().at("log").at("head") == head);
    fixture.and_after_a_restart("o3");
    CHECK(fixture.client->post("/v1/products/tv/stock-receipts", {{"quantity", 1}}).status == 201);
    CHECK(fixture.client->get("/v1/stock/tv").json().contains("skippedEvents"));
}

TEST_CASE("what can be read, stands elsewhere or belongs to no aggregate is not skipped") {
    NewerLogFixture fixture{"order-o1"};
    CHECK(fixture.code_of_skipping(Position{1}, "product-tv") == "409 event-readable");
    CHECK(fixture.code_of_skipping(fixture.position, "stock-tv") == "404 event-unknown");
    CHECK(fixture.code_of_skipping(Position{fixture.position.value + 1000}, "order-o1") == "404 event-unknown");
    CHECK(fixture.code_of_skipping(Position{}, "order-o1") == "404 event-unknown");
    CHECK(fixture.code_of_skipping(fixture.position, "warehouse-1") == "409 event-not-skippable");
    CHECK(fixture.client->post("/v1/admin/events/x/skip", {{"stream", "order-o1"}, {"reason", "r"}}).status == 404);
    CHECK(fixture.client->post("/v1/admin/events/1/skip", {{"stream", "order-o1"}}).status == 400);
}

TEST_CASE("an order goes on at the version that its row shows after a skip") {
    NewerLogFixture fixture{"order-o1"};
    REQUIRE(fixture.skip(fixture.position, "order-o1").status == 200);
    auto& client = *fixture.client;
    REQUIRE(eventually(10s, "the row goes on",
                       [&] { return client.get("/v1/orders/o1").json().contains("skippedEvents"); }));
    const auto shown = client.get("/v1/orders/o1");
    CHECK_FALSE(shown.json().contains("unreadableEvent"));
    CHECK(client.get("/v1/orders/o1?asOf=" + std::to_string(fixture.position.value)).status == 200);
    const auto events = client.get("/v1/orders/o1/events").json().at("items");
    CHECK(events.back().at("type") == "event.skipped");
    CHECK(events.back().at("data").at("reason") == "an import went wrong");
    const auto etag = shown.header("etag");
    CHECK(client.post("/v1/orders/o1/cancellation", json::object(), {{"If-Match", etag}}).status == 202);
}

TEST_CASE("an event that needs the skipped one is unreadable in turn") {
    NewerLogFixture fixture{"product-pc", {"product.registered", 9, "a product with more fields"}};
    const auto first = fixture.position;
    fixture.stop();
    fixture.add("product-pc", encode(product::Product::Event{product::event::Discontinued{}}));
    fixture.start();
    const auto second = fixture.position;
    CHECK(fixture.code_of_skipping(second, "product-pc") == "409 event-unreadable");
    REQUIRE(fixture.skip(first, "product-pc").status == 200);
    CHECK(fixture.is_refused_by_name(fixture.client->remove("/v1/products/pc"), "product-pc",
                                     "product.discontinued contradicts the earlier events"));
    REQUIRE(fixture.skip(second, "product-pc").status == 200);
    const json price{{"amount", 5}, {"currency", "KRW"}};
    CHECK(fixture.client->post("/v1/products", {{"productId", "pc"}, {"name", "PC"}, {"price", price}}).status == 201);
    fixture.and_after_a_restart("o3");
}

TEST_CASE("an order whose placing is skipped is no order, and its saga waits for nobody") {
    NewerLogFixture fixture{"order-o9", {"order.placed", 9, "placed with more fields"}};
    auto& client = *fixture.client;
    REQUIRE(eventually(10s, "its saga is parked",
                       [&] { return client.get("/readyz?verbose").json().at("sagas").at("parked") == 1; }));
    REQUIRE(fixture.skip(fixture.position, "order-o9").status == 200);
    CHECK(eventually(10s, "nothing is parked",
                     [&] { return client.get("/readyz?verbose").json().at("sagas").at("parked") == 0; }));
    CHECK(eventually(10s, "there is no order", [&] { return client.get("/v1/orders/o9").status == 404; }));
    CHECK(fixture.order("o9", "mat").at("orderId") == "o9");
    fixture.and_after_a_restart("o3");
}
