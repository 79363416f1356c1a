// What the payment provider tells of its own accord, while it forgets to answer or long after it did.
#include "sagas/engine/provider_call_keys.hpp"
#include "tests/sagas/saga_fixture.hpp"
#include "tests/sagas/saga_scenario.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using Type = ProviderOperation::Type;
using OrderPhase = order::Order::Phase;
using Paid = payment::Payment::Phase;
using saga::Direction;
using saga::Ending;
using saga::Mismatch;

constexpr auto for_ever = 60'000ms;
const std::string fulfilment = "saga-fulfilment-o1";
const std::string cancellation = "saga-cancellation-o1";

// A provider that posts everything, and whose answers nobody lives to see.
SimulatorProfile forgetful() { return {.forget = 1, .patience = for_ever, .rules = {}}; }

// An order of 300 won, and sagas that do not wait for calls when they are stopped.
struct NoticeFixture {
    explicit NoticeFixture(const SimulatorProfile& profile) : shop(profile) {
        shop.stock("tv", 10);
        shop.start_sagas({.engine = {.reserve_for = 24h * 365}, .drain_timeout = 0ms});
        shop.order("o1", {{"tv", 3}});
    }

    // The call that a step makes, once it is made.
    Uuid key_of(const std::string& stream, const std::string& step, Direction direction = Direction::forward) {
        std::optional<Uuid> key;
        CHECK(shop.wait_until("step " + step + " has a command", [&] {
            for (const auto& event : shop.journal(stream)) {
                if (const auto* intended = std::get_if<saga::event::CommandScheduled>(&event))
                    if (intended->step == step && intended->direction == direction) key = intended->command_id;
                if (const auto* performed = std::get_if<saga::event::CommandExecuted>(&event))
                    if (performed->step == step && performed->direction == direction) key = performed->command_id;
            }
            return key.has_value();
        }));
        return key.value_or(Uuid{});
    }
    Uuid authorisation() {
        const auto key = key_of(fulfilment, "authorise");
        CHECK(shop.wait_until("the payment is requested", [&] { return !shop.types("payment-o1").empty(); }));
        return key;
    }
    // What the provider has posted.
    static ProviderOperation posted(Type type, const Uuid& key, const std::string& reference, bool declined = false) {
        return {.type = type,
                .key = key,
                .order = OrderId{"o1"},
                .customer = CustomerId{"kim"},
                .amount = {300, {{'K', 'R', 'W'}}},
                .reference = reference,
                .declined = declined ? std::optional<std::string>{"card expired"} : std::nullopt};
    }
    static ProviderOperation authorised(const Uuid& key, bool declined = false) {
        return posted(Type::authorise, key, key.text(), declined);
    }

    std::expected<SagaNoticed, NoticeError> told(const ProviderOperation& operation, const std::string& id = "1") {
        asio::io_context context;
        SagaNotice notice{operation, {.time = Timestamp{1}, .command_id = uuid_v5({}, id), .actor = "provider"}};
        auto noticing = shop.sagas().notice(std::move(notice), {});
        auto done = asio::co_spawn(context, std::move(noticing), asio::use_future);
        context.run();
        return done.get();
    }
    bool settles(const ProviderOperation& operation, const std::string& id = "1") {
        const auto noticed = told(operation, id);
        return noticed && noticed->ignored.empty();
    }
    std::string ignored(const ProviderOperation& operation, const std::string& id = "1") {
        const auto noticed = told(operation, id);
        return noticed ? noticed->ignored : "refused";
    }
    bool becomes(OrderPhase phase) {
        return shop.wait_until("the order is " + std::string{order::text(phase)},
                               [&] { return shop.order_state("o1").phase == phase; });
    }
    bool pays(Paid phase) {
        return shop.wait_until("the payment is " + std::string{payment::text(phase)},
                               [&] { return shop.payment_state("o1").phase == phase; });
    }

    SagaFixture shop;
};

bool tells(const SagaFixture& shop, const std::string& stream, const std::string& line) {
    return std::ranges::count(shop.told(stream), line) > 0;
}

}  // namespace

TEST_CASE(
    "a provider that forgets to answer, but tells: the order stands at once, and the call that hangs is dropped") {
    NoticeFixture order{forgetful()};
    REQUIRE(order.settles(NoticeFixture::authorised(order.authorisation())));
    REQUIRE(order.becomes(OrderPhase::confirmed));
    CHECK(order.shop.payment_state("o1").phase == Paid::authorised);
    CHECK(order.shop.provider().calls() == 1);  // nothing was asked again

    // So it goes on to the end: what was taken, too, is only told.
    REQUIRE(order.shop.wait_until("the delivery can be started", [&] { return order.shop.start_delivery("o1"); }));
    const auto reference = order.shop.payment_state("o1").reference;
    const auto capture = order.key_of(fulfilment, "capture");
    REQUIRE(order.settles(NoticeFixture::posted(Type::capture, capture, reference), "2"));
    REQUIRE(order.pays(Paid::captured));
    REQUIRE(order.shop.wait_until("the delivery can be completed", [&] { return order.shop.complete_delivery("o1"); }));
    REQUIRE(order.becomes(OrderPhase::completed));
    CHECK(order.shop.provider().calls() == 2);
    CHECK(order.shop.wait_until("fulfilment is completed",
                                [&] { return order.shop.ending(fulfilment) == Ending::completed; }));
}

TEST_CASE("a card that the provider tells to be declined frees the stock again") {
    NoticeFixture order{forgetful()};
    REQUIRE(order.settles(NoticeFixture::authorised(order.authorisation(), true)));
    REQUIRE(order.becomes(OrderPhase::rejected));
    CHECK(order.shop.order_state("o1").reason == "payment-declined");
    CHECK(order.shop.payment_state("o1").phase == Paid::declined);
    CHECK(order.shop.wait_until("no stock is reserved", [&] { return order.shop.pieces("tv").second == 0; }));
}

TEST_CASE("a saga that is parked for want of an answer goes on when the provider tells it") {
    NoticeFixture order{{.mute = 1, .patience = 1ms, .rules = {}}};
    REQUIRE(order.shop.rests());
    REQUIRE(order.shop.sagas().counts().parked == 1);
    REQUIRE(order.settles(NoticeFixture::authorised(order.authorisation())));
    REQUIRE(order.becomes(OrderPhase::confirmed));
    REQUIRE(order.shop.rests());
    CHECK(order.shop.sagas().counts().parked == 0);
    const auto recorded = order.shop.store().read_stream(fulfilment, Version{1}, 1'000);
    const auto resumed = std::ranges::find(recorded, "saga.intervened", &Recorded::type);
    REQUIRE(resumed != recorded.end());
    CHECK(resumed->actor == "provider");
}

TEST_CASE("a notice of a known outcome is recorded as ignored, also if repeated, late or different") {
    NoticeFixture order{{.delay = 0ms, .rules = {}}};
    REQUIRE(order.becomes(OrderPhase::confirmed));
    const auto key = order.authorisation();
    REQUIRE(order.shop.rests());
    CHECK(order.ignored(NoticeFixture::authorised(key)) == "the outcome is known already");
    CHECK(order.ignored(NoticeFixture::authorised(key), "2") == "the outcome is known already");
    CHECK(order.ignored(NoticeFixture::authorised(key, true), "3") ==
          "the outcome is known already, and is another one");
    CHECK(order.shop.payment_state("o1").phase == Paid::authorised);
    CHECK(order.shop.order_state("o1").phase == OrderPhase::confirmed);
    CHECK(tells(order.shop, fulfilment, "ignored webhook:payment.authorised: the outcome is known already"));
    CHECK(tells(order.shop, fulfilment,
                "ignored webhook:payment.declined: the outcome is known already, and is another one"));

    // Also when the saga has ended.
    REQUIRE(order.shop.start_delivery("o1"));
    REQUIRE(order.pays(Paid::captured));
    REQUIRE(order.shop.complete_delivery("o1"));
    REQUIRE(order.shop.rests());
    CHECK(order.ignored(NoticeFixture::authorised(key), "4") == "the outcome is known already");
    const auto capture = order.key_of(fulfilment, "capture");
    CHECK(order.ignored(NoticeFixture::posted(Type::capture, capture, key.text()), "5") ==
          "the outcome is known already");
    CHECK(order.shop.ending(fulfilment) == Ending::completed);
    REQUIRE(order.shop.rests());
}

TEST_CASE("a notice is taken once under its command id") {
    NoticeFixture order{forgetful()};
    const auto told = NoticeFixture::authorised(order.authorisation());
    REQUIRE(order.settles(told));
    const auto again = order.told(told);
    REQUIRE_FALSE(again);
    CHECK(std::get<NoticeRefused>(again.error()) == NoticeRefused::repeated);
}

TEST_CASE("a call that nobody made, and an operation that cannot be of it, are refused and change nothing") {
    NoticeFixture order{forgetful()};
    const auto told = NoticeFixture::authorised(order.authorisation());
    const auto unknown = [&](const ProviderOperation& operation) {
        const auto noticed = order.told(operation);
        return !noticed && noticed.error() == NoticeError{NoticeRefused::unknown};
    };
    const auto mismatch = [&](Mismatch which, auto change) {
        auto other = told;
        change(other);
        const auto noticed = order.told(other, "other");
        return !noticed && noticed.error() == NoticeError{which};
    };
    const auto before = order.shop.store().head();
    auto elsewhere = told;
    elsewhere.order = OrderId{"o2"};
    CHECK(unknown(elsewhere));
    CHECK(unknown(NoticeFixture::authorised(uuid_v5({}, "nobody"))));
    CHECK(unknown(NoticeFixture::authorised(order.key_of(fulfilment, "reserve"))));  // no call to the provider
    CHECK(mismatch(Mismatch::operation, [](auto& operation) { operation.type = Type::capture; }));
    CHECK(mismatch(Mismatch::operation, [](auto& operation) { operation.type = Type::refund; }));
    CHECK(mismatch(Mismatch::customer, [](auto& operation) { operation.customer = CustomerId{"lee"}; }));
    CHECK(mismatch(Mismatch::currency, [](auto& operation) { operation.amount.currency = {{'E', 'U', 'R'}}; }));
    CHECK(mismatch(Mismatch::amount, [](auto& operation) { operation.amount.amount = 299; }));
    CHECK(mismatch(Mismatch::amount, [](auto& operation) { operation.amount.amount = 301; }));
    CHECK(order.shop.store().head() == before);
    auto anonymous = told;
    anonymous.customer = {};
    CHECK(order.settles(anonymous));
    CHECK(mismatch(Mismatch::reference, [](auto& operation) { operation.reference = "another"; }));
}

TEST_CASE("a cancelled order is undone on the provider's word alone") {
    NoticeFixture order{forgetful()};
    const auto key = order.authorisation();
    REQUIRE(order.shop.cancel("o1"));
    REQUIRE(
        order.shop.wait_until("cancellation has started", [&] { return !order.shop.journal(cancellation).empty(); }));
    REQUIRE(order.settles(NoticeFixture::authorised(key)));
    REQUIRE(order.shop.wait_until("fulfilment is stopped",
                                  [&] { return order.shop.ending(fulfilment) == Ending::stopped; }));
    REQUIRE(order.shop.wait_until("the provider is called twice", [&] { return order.shop.provider().calls() == 2; }));
    const auto undo = order.key_of(cancellation, "pay-back");
    CHECK(order.ignored(NoticeFixture::authorised(key), "2") == "the outcome is known already");
    REQUIRE(order.settles(NoticeFixture::posted(Type::void_, undo, key.text()), "3"));
    REQUIRE(order.becomes(OrderPhase::cancelled));
    CHECK(order.shop.payment_state("o1").phase == Paid::voided);
    CHECK(order.shop.wait_until("no stock is reserved", [&] { return order.shop.pieces("tv").second == 0; }));
}

TEST_CASE("returned goods are refunded after a notice alone, or the saga is parked") {
    for (const bool declined : {false, true}) {
        CAPTURE(declined);
        NoticeFixture order{{.delay = 0ms, .rules = {}}};
        REQUIRE(order.becomes(OrderPhase::confirmed));
        REQUIRE(order.shop.wait_until("the delivery can be started", [&] { return order.shop.start_delivery("o1"); }));
        REQUIRE(order.pays(Paid::captured));
        order.shop.provider().behave(forgetful());
        const auto calls = order.shop.provider().calls();
        REQUIRE(order.shop.return_delivery("o1"));
        // Only who was asked can tell what came of it: before the call its intent is not durable for sure.
        REQUIRE(order.shop.wait_until("the provider is asked for the refund",
                                      [&] { return order.shop.provider().calls() > calls; }));
        CHECK(order.shop.payment_state("o1").refund_asked.amount == 300);
        const auto told =
            NoticeFixture::posted(Type::refund, saga::refund_key(OrderId{"o1"}, order.shop.payment_state("o1"), 1),
                                  order.authorisation().text(), declined);
        REQUIRE(order.settles(told));
        if (declined) {
            REQUIRE(
                order.shop.wait_until("the saga is parked", [&] { return order.shop.sagas().counts().parked == 1; }));
            CHECK(order.shop.payment_state("o1").phase == Paid::captured);
        } else {
            REQUIRE(order.pays(Paid::refunded));
        }
        CHECK(order.ignored(told, "2") == "the outcome is known already");
    }
}

TEST_CASE("who undoes an authorisation that nobody knows about hears from the provider whether there was one") {
    for (const bool declined : {false, true}) {
        CAPTURE(declined);
        NoticeFixture order{{.mute = 1, .patience = 1ms, .rules = {}}};
        REQUIRE(order.shop.rests());
        REQUIRE(order.shop.sagas().counts().parked == 1);
        const auto key = order.authorisation();
        // The operator turns it back; nobody answers the question what is to be undone, until that is parked, too.
        asio::io_context context;
        SagaIntervention asked{
            .stream = fulfilment,
            .what = {.verb = saga::OperatorAction::compensate, .step = {}, .reason = "late", .result = {}},
            .metadata = {.time = Timestamp{1}, .actor = "lee"}};
        auto intervening = order.shop.sagas().intervene(std::move(asked));
        asio::co_spawn(context, std::move(intervening), asio::detached);
        context.run();
        REQUIRE(order.shop.rests());
        CHECK(order.shop.sagas().counts().parked >= 1);
        order.shop.provider().behave({});
        REQUIRE(order.settles(NoticeFixture::authorised(key, declined)));
        REQUIRE(order.pays(declined ? Paid::declined : Paid::voided));
        CHECK(order.shop.rests());
    }
}

TEST_CASE("what the provider has told survives a crash right after it") {
    for (const bool declined : {false, true}) {
        NoticeFixture order{forgetful()};
        const auto noticed = order.told(NoticeFixture::authorised(order.authorisation(), declined));
        REQUIRE(noticed);
        order.shop.stop_sagas();
        for (const auto cut : order.shop.cuts()) {
            if (cut < noticed->position) continue;
            SagaFixture next{order.shop, cut};
            next.provider().behave({});
            REQUIRE(next.rests());
            CHECK(next.order_state("o1").phase == (declined ? OrderPhase::rejected : OrderPhase::confirmed));
            CHECK(next.provider().calls() == 1);
        }
    }
}

}  // namespace sillok
