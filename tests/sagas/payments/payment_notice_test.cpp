#include "sagas/payments/payment_notice.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using Type = ProviderOperation::Type;

ProviderOperation operation(Type type, bool declined) {
    return {.type = type,
            .key = uuid_v5({}, "key"),
            .order = OrderId{"o-1"},
            .customer = CustomerId{"1@uengine.org"},
            .amount = {10'000, {{'K', 'R', 'W'}}},
            .reference = "auth/1",
            .declined = declined ? std::optional<std::string>{"card expired"} : std::nullopt};
}

json notice() { return json::parse(payment_notice(operation(Type::authorise, true), Timestamp{1'700'000'000'000})); }

TEST_CASE("a notice carries an operation, and its type names the outcome") {
    const std::pair<ProviderOperation, std::string_view> all[] = {
        {operation(Type::authorise, false), "payment.authorised"},
        {operation(Type::authorise, true), "payment.declined"},
        {operation(Type::capture, false), "payment.captured"},
        {operation(Type::capture, true), "payment.captureFailed"},
        {operation(Type::void_, false), "payment.voided"},
        {operation(Type::void_, true), "payment.voidFailed"},
        {operation(Type::refund, false), "payment.refunded"},
        {operation(Type::refund, true), "payment.refundFailed"},
    };
    for (const auto& [sent, type] : all) {
        const auto text = payment_notice(sent, Timestamp{1'700'000'000'000});
        CHECK(json::parse(text).at("type") == type);
        CHECK(json::parse(text).at("timestamp") == "2023-11-14T22:13:20.000Z");
        const auto read = parse_payment_notice(json::parse(text));
        REQUIRE(read);
        CHECK(*read == sent);
    }
}

TEST_CASE("a notice may lack the customer and have other members") {
    auto sent = notice();
    sent["data"].erase("customerId");
    sent["data"]["risk"] = 7;
    sent["attempt"] = 2;
    const auto read = parse_payment_notice(sent);
    REQUIRE(read);
    CHECK(read->customer == CustomerId{});
    CHECK(read->declined == "card expired");
}

TEST_CASE("an invalid notice is refused, and the error names the place") {
    const auto refused = [](const json& sent) {
        const auto read = parse_payment_notice(sent);
        return read ? "" : read.error().pointer + " " + read.error().what;
    };
    const auto with = [&](const char* pointer, const json& value) {
        auto sent = notice();
        sent[json::json_pointer{pointer}] = value;
        return refused(sent);
    };
    CHECK(refused(json::array()) == " must be an object");
    CHECK(refused(json::object()) == "/timestamp must be a time as in RFC 3339");
    CHECK(refused({{"type", "payment.declined"}, {"timestamp", "2023-11-14T22:13:20Z"}}) == "/data is required");
    CHECK(with("/type", "payment.authorised") == "/type must be payment.declined, to fit the operation and its status");
    CHECK(with("/type", "customer.created").starts_with("/type "));
    CHECK(with("/type", 7).starts_with("/type "));
    CHECK(with("/timestamp", 1'700'000'000) == "/timestamp must be a time as in RFC 3339");
    CHECK(with("/data", "declined") == "/data is no operation: no JSON object");
    CHECK(with("/data/key", "not a UUID") == "/data is no operation: no key");
    CHECK(with("/data/operation", "settle") == "/data is no operation: no known operation");
    CHECK(with("/data/operation", "give-up") == "/data/operation has no notice");
    CHECK(with("/data/status", "pending") == "/data is no operation: no known status");
    CHECK(with("/data/orderId", "not an id!") == "/data is no operation: no order");
    CHECK(with("/data/customerId", "") == "/data is no operation: no customer");
    CHECK(with("/data/reference", "") == "/data is no operation: no reference");
    CHECK(with("/data/reference", std::string(256, 'x')) == "/data/reference must be at most 255 bytes long");
    for (const json& amount : {json(-1), json(1.5), json("100"), json(nullptr), json(std::uint64_t{1} << 63)}) {
        CAPTURE(amount.dump());
        CHECK(with("/data/amount/amount", amount) == "/data is no operation: no amount");
    }
    CHECK(with("/data/amount/currency", "WON!") == "/data is no operation: no amount");
}

}  // namespace
}  // namespace sillok
