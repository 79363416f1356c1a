// What a condition on an event means.
#include "tools/events/event_condition.hpp"

#include <doctest/doctest.h>

#include <string>

namespace sillok {
namespace {

const auto event = nlohmann::json::parse(R"({
    "position": 17, "stream": "order-17", "type": "order.placed", "time": "2026-11-26T15:00:00.000Z",
    "commandId": null, "tags": ["customer:c1", "product:tv"],
    "data": {"orderId": "17", "quantity": 5, "price": {"amount": -3, "currency": "KRW"}, "gift": false, "share": 0.5,
             "lines": [{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 9}], "a/b": 1, "note": ""}})");

bool holds(const std::string& text) {
    const auto condition = EventCondition::parse(text);
    REQUIRE_MESSAGE(condition, condition.error());
    return condition->holds(event);
}

std::string refusal(const std::string& text) {
    const auto condition = EventCondition::parse(text);
    REQUIRE_FALSE(condition);
    return condition.error();
}

}  // namespace

TEST_CASE("numbers are compared with numbers") {
    for (const auto* text : {"data.quantity=5", "data.quantity>=5", "data.quantity<=5", "data.quantity>4",
                             "data.quantity<5.5", "data.quantity!=6", "data.price.amount<0", "data.share=0.5",
                             "position>=17", " data.quantity >= 5 ", "/data/quantity=5", "/data/a~1b=1"})
        CHECK_MESSAGE(holds(text), text);
    for (const auto* text : {"data.quantity=6", "data.quantity>5", "data.quantity<5", "data.quantity!=5",
                             "data.price.amount>=0", "data.quantity=five", "data.quantity=\"5\""})
        CHECK_FALSE_MESSAGE(holds(text), text);
}

TEST_CASE("texts are compared with texts, and a bare number is equal to a text that is written the same") {
    for (const auto* text : {"type=order.placed", "type!=order.confirmed", "data.orderId=17", "data.orderId=\"17\"",
                             "data.orderId!=18", "data.price.currency=KRW", "time>=2026-11-26T15:00:00.000Z",
                             "time<2026-11-27", "data.note=\"\"", "data.orderId<\"2\""})
        CHECK_MESSAGE(holds(text), text);
    for (const auto* text : {"data.orderId>5", "data.orderId<100", "type=Order.placed", "data.price.currency>KRW"})
        CHECK_FALSE_MESSAGE(holds(text), text);
}

TEST_CASE("true, false and null are themselves") {
    CHECK(holds("data.gift=false"));
    CHECK(holds("data.gift!=true"));
    CHECK(holds("commandId=null"));
    CHECK_FALSE(holds("data.gift=true"));
    CHECK_FALSE(holds("data.gift<true"));
    CHECK_FALSE(holds("stream=null"));
    CHECK(holds("stream!=null"));
}

TEST_CASE("of a list one element is enough") {
    CHECK(holds("data.lines.quantity>=9"));
    CHECK(holds("data.lines.sku=a"));
    CHECK(holds("data.lines.1.quantity=9"));
    CHECK(holds("/data/lines/0/sku=a"));
    CHECK(holds("tags=customer:c1"));
    CHECK_FALSE(holds("data.lines.0.quantity=9"));
    CHECK_FALSE(holds("data.lines.7.quantity=9"));
    CHECK_FALSE(holds("tags=customer:c2"));
}

TEST_CASE("what is not there, and what is no single value, fulfils nothing") {
    for (const auto* text : {"data.nothing=1", "data.nothing!=1", "data.nothing=null", "data.quantity.deeper=1",
                             "data.price=KRW", "data.price!=KRW", "version=1"})
        CHECK_FALSE_MESSAGE(holds(text), text);
}

TEST_CASE("what is no condition is refused in a sentence that says what one is") {
    CHECK(refusal("data.quantity") ==
          "'data.quantity' is no condition: it has the form data.quantity>=5, with =, !=, <, <=, > or >=");
    CHECK(refusal("quantity>=5") ==
          "an event has no member 'quantity'; what happened is in data: did you mean 'data.quantity'?");
    CHECK(refusal("straem=x") == "an event has no member 'straem'; did you mean 'stream'?");
    CHECK(refusal("data.quantity==5") == "'==' is no operator: there are =, !=, <, <=, > and >=");
    CHECK(refusal("data.quantity=>5") == "'=>' is no operator: there are =, !=, <, <=, > and >=");
    CHECK(refusal("data.quantity<>5") == "'<>' is no operator: there are =, !=, <, <=, > and >=");
    CHECK(refusal("data.quantity!5") == "'!' alone is no operator: write !=");
    CHECK(refusal("data.quantity=") == "'data.quantity=' has no value; an empty text is written \"\"");
    CHECK(refusal("data..quantity=5") == "'data..quantity' is no path: a name in it is empty");
    CHECK(refusal("=5") == "'' is no path: a name in it is empty");
    CHECK(refusal("data.note=\"x") == "\"x is no text in double quotes");
}

}  // namespace sillok
