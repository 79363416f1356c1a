#include "sagas/payments/payment_notice.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using Operation = Booking::Operation;

Booking booking(Operation operation, bool declined) {
    return {.operation = operation,
            .key = uuid_v5({}, "key"),
            .order = OrderId{"o-1"},
            .customer = CustomerId{"1@uengine.org"},
            .amount = {10'000, {{'K', 'R', 'W'}}},
            .reference = "auth/1",
            .declined = declined ? std::optional<std::string>{"card expired"} : std::nullopt};
}

json notice() { return json::parse(payment_notice(booking(Operation::authorise, true), Timestamp{1'700'000'000'000})); }

TEST_CASE("a notice tells of a booking, and is named after what became of it") {
    const std::pair<Booking, std::string_view> all[] = {
        {booking(Operation::authorise, false), "payment.authorised"},
        {booking(Operation::authorise, true), "payment.declined"},
        {booking(Operation::capture, false), "payment.captured"},
        {booking(Operation::capture, true), "payment.captureFailed"},
        {booking(Operation::let_go, false), "payment.voided"},
        {booking(Operation::let_go, true), "payment.voidFailed"},
        {booking(Operation::refund, false), "payment.refunded"},
        {booking(Operation::refund, true), "payment.refundFailed"},
    };
    for (const auto& [told, type] : all) {
        const auto text = payment_notice(told, Timestamp{1'700'000'000'000});
        CHECK(json::parse(text).at("type") == type);
        CHECK(json::parse(text).at("timestamp") == "2023-11-14T22:13:20.000Z");
        const auto read = booking_told_of(json::parse(text));
        REQUIRE(read);
        CHECK(*read == told);
    }
}

TEST_CASE("a provider may leave the customer out, and add what it likes") {
    auto told = notice();
    told["data"].erase("customerId");
    told["data"]["risk"] = 7;
    told["attempt"] = 2;
    const auto read = booking_told_of(told);
    REQUIRE(read);
    CHECK(read->customer == CustomerId{});
    CHECK(read->declined == "card expired");
}

TEST_CASE("a notice of another form is refused, and it is said what is wrong where") {
    const auto refused = [](const json& told) {
        const auto read = booking_told_of(told);
        return read ? "" : read.error().pointer + " " + read.error().what;
    };
    const auto with = [&](const char* pointer, const json& value) {
        auto told = notice();
        told[json::json_pointer{pointer}] = value;
        return refused(told);
    };
    CHECK(refused(json::array()) == " must be an object");
    CHECK(refused(json::object()) == "/timestamp must be a time as in RFC 3339");
    CHECK(refused({{"type", "payment.declined"}, {"timestamp", "2023-11-14T22:13:20Z"}}) == "/data is required");
    CHECK(with("/type", "payment.authorised") == "/type must be payment.declined, as the operation and its status are");
    CHECK(with("/type", "customer.created").starts_with("/type "));
    CHECK(with("/type", 7).starts_with("/type "));
    CHECK(with("/timestamp", 1'700'000'000) == "/timestamp must be a time as in RFC 3339");
    CHECK(with("/data", "declined") == "/data is no booking: no JSON object");
    CHECK(with("/data/key", "not a UUID") == "/data is no booking: no key");
    CHECK(with("/data/operation", "settle") == "/data is no booking: no known operation");
    CHECK(with("/data/operation", "give-up") == "/data/operation is nothing to be told of");
    CHECK(with("/data/status", "pending") == "/data is no booking: no known status");
    CHECK(with("/data/orderId", "not an id!") == "/data is no booking: no order");
    CHECK(with("/data/customerId", "") == "/data is no booking: no customer");
    CHECK(with("/data/reference", "") == "/data is no booking: no reference");
    CHECK(with("/data/reference", std::string(256, 'x')) == "/data/reference must be at most 255 bytes long");
    CHECK(with("/data/reason", std::string(1'001, 'x')) == "/data/reason must be at most 1000 bytes long");
    for (const json& amount : {json(-1), json(1.5), json("100"), json(nullptr), json(std::uint64_t{1} << 63)}) {
        CAPTURE(amount.dump());
        CHECK(with("/data/amount/amount", amount) == "/data is no booking: no amount");
    }
    CHECK(with("/data/amount/currency", "WON!") == "/data is no booking: no amount");
}

}  // namespace
}  // namespace sillok
