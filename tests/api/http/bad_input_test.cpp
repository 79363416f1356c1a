// Bad input: every row gets a 4xx problem document, and nothing is stored.
#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sillok;
using namespace sillok::test;

namespace {

struct BadInput {
    const char* name;
    const char* method;
    std::string target;
    std::string body;
    unsigned status;
    const char* code;
    const char* pointer = nullptr;  // of the first error
    Headers headers = {{"Content-Type", "application/json"}};
};

std::string order(const std::string& lines) { return R"({"customerId":"c-1","lines":)" + lines + "}"; }
std::string deep() { return R"({"customerId":)" + std::string(1000, '[') + std::string(1000, ']') + "}"; }
std::string product_named(const std::string& name) {
    return R"({"name":")" + name + R"(","price":{"amount":1,"currency":"KRW"}})";
}

std::vector<BadInput> table() {
    const std::string products = "/v1/products";
    const std::string orders = "/v1/orders";
    const std::string receipts = "/v1/products/tv/stock-receipts";
    const std::string adjustments = "/v1/products/tv/stock-adjustments";
    const std::string customers = "/v1/customers";
    const Headers json = {{"Content-Type", "application/json"}};
    // clang-format off
    return {
        {"an empty body", "POST", orders, "", 400, "invalid-body", "/customerId"},
        {"half a body", "POST", orders, R"({"customerId":"c-1")", 400, "malformed-json"},
        {"no JSON at all", "POST", orders, "hello", 400, "malformed-json"},
        {"two values", "POST", orders, "{}{}", 400, "malformed-json"},
        {"an array", "POST", orders, "[]", 400, "invalid-body", ""},
        {"deep nesting", "POST", orders, deep(), 400, "malformed-json"},
        {"invalid UTF-8", "POST", products, product_named("\xff"), 400, "malformed-json"},
        {"a lone surrogate", "POST", products, product_named("\\ud800"), 400, "malformed-json"},
        {"a repeated key", "POST", receipts, R"({"quantity":1,"quantity":2})", 400, "invalid-body", "/quantity"},
        {"an unknown field", "POST", receipts, R"({"quantity":1,"colour":"red"})", 400, "invalid-body", "/colour"},
        {"an unknown field of a line", "POST", orders, order(R"([{"productId":"tv","quantity":1,"x/y":1}])"), 400, "invalid-body", "/lines/0/x~1y"},
        {"both forms of an order", "POST", orders, R"({"customerId":"c","productId":"tv","quantity":1,"lines":[{"productId":"tv","quantity":1}]})",
         400, "invalid-body", "/productId"},
        {"no customer", "POST", orders, R"({"productId":"tv","quantity":1})", 400, "invalid-body", "/customerId"},
        {"no lines", "POST", orders, R"({"customerId":"c-1"})", 400, "invalid-body", "/lines"},
        {"lines of the wrong type", "POST", orders, order(R"({"0":{}})"), 400, "invalid-body", "/lines"},
        {"a line of the wrong type", "POST", orders, order("[1]"), 400, "invalid-body", "/lines/0"},
        {"an empty order", "POST", orders, order("[]"), 422, "order-empty", "/lines"},
        {"quantity 0", "POST", orders, order(R"([{"productId":"tv","quantity":0}])"), 422, "quantity-invalid", "/lines/0/quantity"},
        {"a negative quantity", "POST", orders, R"({"customerId":"c","productId":"tv","quantity":-1})", 422, "quantity-invalid", "/quantity"},
        {"a quantity beyond 2^31", "POST", orders, order(R"([{"productId":"tv","quantity":2147483648}])"), 422, "quantity-invalid", "/lines/0/quantity"},
        {"a quantity beyond 2^64", "POST", orders, order(R"([{"productId":"tv","quantity":99999999999999999999}])"), 400, "invalid-body", "/lines/0/quantity"},
        {"a quantity beyond every floating-point number", "POST", orders, order(R"([{"productId":"tv","quantity":1e999}])"), 400, "invalid-body",
         "/lines/0/quantity"},
        {"a quantity in words", "POST", orders, order(R"([{"productId":"tv","quantity":"one"}])"), 400, "invalid-body", "/lines/0/quantity"},
        {"a fractional quantity", "POST", orders, order(R"([{"productId":"tv","quantity":0.5}])"), 400, "invalid-body", "/lines/0/quantity"},
        {"an unknown product", "POST", orders, order(R"([{"productId":"tv","quantity":1},{"productId":"radio","quantity":1}])"), 422,
         "product-unknown", "/lines/1/productId"},
        {"a discontinued product", "POST", orders, R"({"customerId":"c","productId":"gramophone","quantity":1})", 422,
         "product-discontinued", "/productId"},
        {"products of two currencies", "POST", orders, order(R"([{"productId":"tv","quantity":1},{"productId":"book","quantity":1}])"), 422,
         "currency-mismatch"},
        {"a price in another currency", "POST", orders,
         order(R"([{"productId":"tv","quantity":1},{"productId":"tv","quantity":1,"unitPrice":{"amount":1,"currency":"GBP"}}])"), 422,
         "currency-mismatch"},
        {"a negative unit price", "POST", orders, order(R"([{"productId":"tv","quantity":1,"unitPrice":{"amount":-1,"currency":"KRW"}}])"), 422,
         "price-negative", "/lines/0/unitPrice/amount"},
        {"an amount that overflows", "POST", orders,
         order(R"([{"productId":"tv","quantity":2147483647,"unitPrice":{"amount":1000000000000,"currency":"KRW"}}])"), 422, "amount-overflow"},
        {"an order id outside the alphabet", "POST", orders, R"({"orderId":"a b","customerId":"c","productId":"tv","quantity":1})", 400,
         "invalid-body", "/orderId"},
        {"an order id with a slash", "POST", orders, R"({"orderId":"../x","customerId":"c","productId":"tv","quantity":1})", 400,
         "invalid-body", "/orderId"},
        {"a customer id that is too long", "POST", orders, R"({"customerId":")" + std::string(65, 'c') + R"(","productId":"tv","quantity":1})",
         400, "invalid-body", "/customerId"},
        {"a customer id that is empty", "POST", orders, R"({"customerId":"","productId":"tv","quantity":1})", 400, "invalid-body", "/customerId"},
        {"a product id outside the alphabet", "POST", products, R"({"productId":"t/v","name":"TV","price":{"amount":1,"currency":"KRW"}})", 400,
         "invalid-body", "/productId"},
        {"an id with half an escape", "POST", products, R"({"productId":"t%2","name":"TV","price":{"amount":1,"currency":"KRW"}})", 400,
         "invalid-body", "/productId"},
        {"an id that is a number", "POST", products, R"({"productId":7,"name":"TV","price":{"amount":1,"currency":"KRW"}})", 400, "invalid-body",
         "/productId"},
        {"a product without a name", "POST", products, R"({"name":"","price":{"amount":1,"currency":"KRW"}})", 400, "invalid-body", "/name"},
        {"a name that is too long", "POST", products, product_named(std::string(256, 'x')), 400, "invalid-body", "/name"},
        {"a price that is a number", "POST", products, R"({"name":"TV","price":10000})", 400, "invalid-body", "/price"},
        {"a fractional price", "POST", products, R"({"name":"TV","price":{"amount":0.5,"currency":"KRW"}})", 400, "invalid-body", "/price/amount"},
        {"no such currency", "POST", products, R"({"name":"TV","price":{"amount":1,"currency":"XXX"}})", 400, "invalid-body", "/price/currency"},
        {"a currency in lower case", "POST", products, R"({"name":"TV","price":{"amount":1,"currency":"krw"}})", 400, "invalid-body", "/price/currency"},
        {"a negative price", "POST", products, R"({"name":"TV","price":{"amount":-1,"currency":"KRW"}})", 422, "price-negative", "/price/amount"},
        {"a price that is too high", "POST", products, R"({"name":"TV","price":{"amount":1000000000001,"currency":"KRW"}})", 422,
         "amount-overflow", "/price/amount"},
        {"a product that is there already", "POST", products, R"({"productId":"tv","name":"TV","price":{"amount":1,"currency":"KRW"}})", 409,
         "product-exists"},
        {"a change to nothing", "PATCH", products + "/tv", "{}", 409, "nothing-to-change"},
        {"a change of an unknown product", "PATCH", products + "/radio", R"({"name":"R"})", 404, "product-unknown"},
        {"a change of the id", "PATCH", products + "/tv", R"({"productId":"x"})", 400, "invalid-body", "/productId"},
        {"a change without If-Match holding", "PATCH", products + "/tv", R"({"name":"R"})", 412, "precondition-failed", nullptr,
         {{"Content-Type", "application/json"}, {"If-Match", "\"v7\""}}},
        {"an unknown If-Match", "PATCH", products + "/tv", R"({"name":"R"})", 412, "precondition-failed", nullptr,
         {{"Content-Type", "application/json"}, {"If-Match", "\"abc\""}}},
        {"discontinuing an unknown product", "DELETE", products + "/radio", "", 404, "product-unknown"},
        {"discontinuing twice", "DELETE", products + "/gramophone", "", 409, "product-discontinued"},
        {"receiving nothing", "POST", receipts, R"({"quantity":0})", 422, "quantity-invalid", "/quantity"},
        {"receiving for an unknown product", "POST", "/v1/products/radio/stock-receipts", R"({"quantity":1})", 404, "product-unknown"},
        {"adjusting by 0", "POST", adjustments, R"({"delta":0,"reason":"r"})", 422, "quantity-invalid", "/delta"},
        {"adjusting below nothing", "POST", adjustments, R"({"delta":-1,"reason":"broken"})", 422, "negative-on-hand"},
        {"adjusting without a reason", "POST", adjustments, R"({"delta":1})", 400, "invalid-body", "/reason"},
        {"cancelling an unknown order", "POST", "/v1/orders/o-1/cancellation", "", 404, "order-unknown"},
        {"cancelling with a body of form data", "POST", "/v1/orders/o-1/cancellation", "reason=none", 415, "unsupported-media-type", nullptr,
         {{"Content-Type", "application/x-www-form-urlencoded"}}},
        {"starting a delivery that is not prepared", "POST", "/v1/deliveries/o-1/start", "{}", 409, "not-prepared"},
        {"completing with a field", "POST", "/v1/deliveries/o-1/completion", R"({"at":"now"})", 400, "invalid-body", "/at"},
        {"signing up without a password", "POST", customers, R"({"name":"Kim","email":"kim@example.org"})", 400, "invalid-body", "/password"},
        {"signing up with a short password", "POST", customers, R"({"name":"Kim","email":"kim@example.org","password":"short"})", 400,
         "invalid-body", "/password"},
        {"signing up without an address", "POST", customers, R"({"name":"Kim","email":"kim at home","password":"long enough"})", 400,
         "invalid-body", "/email"},
        {"no content type", "POST", orders, "{}", 415, "unsupported-media-type", nullptr, {}},
        {"another content type", "POST", orders, "{}", 415, "unsupported-media-type", nullptr, {{"Content-Type", "text/json"}}},
        {"another charset", "POST", orders, "{}", 415, "unsupported-media-type", nullptr, {{"Content-Type", "application/json; charset=utf-16"}}},
        {"a body over 4 MiB", "POST", products, product_named(std::string((4u << 20) + 1, 'x')), 413, "body-too-large"},
        {"an unknown path", "GET", "/v1/nothing", "", 404, "not-found"},
        {"an unknown path, posted to", "POST", "/nothing", "{}", 404, "not-found"},
        {"an unknown method", "PUT", products + "/tv", "{}", 405, "method-not-allowed"},
        {"a method that does not exist", "BREW", orders, "", 405, "method-not-allowed"},
        {"deleting an order", "DELETE", orders + "/o-1", "", 405, "method-not-allowed"},
        {"an id outside the alphabet in a path", "POST", "/v1/products/t%20v/stock-receipts", R"({"quantity":1})", 404, "product-unknown"},
        {"a path with ..", "GET", "/v1/orders/..%2f..%2fetc", "", 404, "not-found"},
        {"an id that is too long in a path", "GET", orders + "/" + std::string(65, 'o'), "", 404, "not-found"},
        {"half an escape in a path", "GET", "/v1/orders/%4", "", 400, "malformed-request"},
        {"a limit of 0", "GET", orders + "?limit=0", "", 400, "invalid-parameter"},
        {"a limit that is too high", "GET", orders + "?limit=501", "", 400, "invalid-parameter"},
        {"an empty cursor", "GET", orders + "?cursor=", "", 400, "invalid-parameter"},
        {"an empty category", "GET", "/v1/events?category=", "", 400, "invalid-parameter"},
        {"an empty type", "GET", "/v1/events?type=", "", 400, "invalid-parameter"},
        {"a long parameter", "GET", orders + "?" + std::string(5000, 'p') + "=1", "", 400, "invalid-parameter"},
        {"an invalid cursor", "GET", orders + "?cursor=%00abc", "", 400, "invalid-parameter"},
        {"an invalid customer id", "GET", orders + "?customerId=a/b", "", 400, "invalid-parameter"},
        {"a state that no order has", "GET", orders + "?state=lost", "", 400, "invalid-parameter"},
        {"a state that no delivery has", "GET", "/v1/deliveries?state=lost", "", 400, "invalid-parameter"},
        {"a position in words", "GET", "/v1/events?after=yesterday", "", 400, "invalid-parameter"},
        {"a time in words", "GET", orders + "/o-1?asOf=yesterday", "", 400, "invalid-parameter"},
        {"a position to wait for in words", "GET", orders, "", 400, "invalid-header", nullptr, {{"Sillok-At-Least", "soon"}}},
        {"an empty position to wait for", "GET", orders, "", 400, "invalid-header", nullptr, {{"Sillok-At-Least", ""}}},
        {"an empty idempotency key", "POST", orders, "{}", 400, "invalid-header", nullptr,
         {{"Content-Type", "application/json"}, {"Idempotency-Key", ""}}},
        {"If-None-Match with a command", "PATCH", products + "/tv", R"({"name":"R"})", 400, "invalid-header", nullptr,
         {{"Content-Type", "application/json"}, {"If-None-Match", "*"}}},
        {"an empty If-Match", "PATCH", products + "/tv", R"({"name":"R"})", 412, "precondition-failed", nullptr,
         {{"Content-Type", "application/json"}, {"If-Match", ""}}},
        {"an idempotency key that is too long", "POST", orders, "{}", 400, "invalid-header", nullptr,
         {{"Content-Type", "application/json"}, {"Idempotency-Key", std::string(256, 'k')}}},
    };
    // clang-format on
}

void offer_products(HttpClient& client) {
    const auto price = [](const char* currency) { return nlohmann::json{{"amount", 100}, {"currency", currency}}; };
    REQUIRE(client.post("/v1/products", {{"productId", "tv"}, {"name", "TV"}, {"price", price("KRW")}}).status == 201);
    REQUIRE(client.post("/v1/products", {{"productId", "book"}, {"name", "Book"}, {"price", price("GBP")}}).status ==
            201);
    REQUIRE(
        client.post("/v1/products", {{"productId", "gramophone"}, {"name", "Old"}, {"price", price("KRW")}}).status ==
        201);
    REQUIRE(client.remove("/v1/products/gramophone").status == 204);
}

}  // namespace

TEST_CASE("bad input gets a problem that names the error, and nothing is stored") {
    RunningServer sillok;
    auto client = sillok.client();
    offer_products(client);
    const auto before = sillok.backend().store.head();

    for (const auto& bad : table()) {
        CAPTURE(bad.name);
        const auto reply = client.send(bad.method, bad.target, bad.body, bad.headers);
        CAPTURE(reply.body);
        CHECK(reply.status == bad.status);
        CHECK(reply.header("content-type") == "application/problem+json");
        const auto problem = nlohmann::json::parse(reply.body, nullptr, false);
        REQUIRE(problem.is_object());
        CHECK(problem.value("code", "") == bad.code);
        CHECK(problem.value("status", 0u) == bad.status);
        CHECK(problem.value("type", "") == std::string{"/docs/problems/"} + bad.code);
        CHECK_FALSE(problem.value("title", "").empty());
        CHECK(problem.value("instance", "") == bad.target.substr(0, bad.target.find('?')));
        CHECK(problem.value("traceId", "").size() == 32);
        if (bad.pointer) CHECK(problem.value("/errors/0/pointer"_json_pointer, "none") == bad.pointer);
        if (bad.status == 405) CHECK_FALSE(reply.header("allow").empty());
    }
    CHECK(sillok.backend().store.head() == before);
}
