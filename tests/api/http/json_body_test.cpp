#include "api/http/json_body.hpp"

#include "api/http/response.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sillok;
using namespace sillok::api;

namespace {

// What POST /v1/products asks for, as an example of a body.
std::optional<Problem> read_product(std::string_view bytes) {
    return read_body(bytes, [](ObjectReader& body, BodyErrors&) {
        body.optional_new_id<ProductId>("productId");
        body.text("name", name_length);
        body.price("price");
    });
}

std::vector<std::string> pointers(const std::optional<Problem>& problem) {
    std::vector<std::string> result;
    if (!problem) return result;
    for (const auto& error : problem->errors) result.push_back(error.pointer);
    return result;
}

using Pointers = std::vector<std::string>;

}  // namespace

TEST_CASE("a body of the right form has no error") {
    CHECK_FALSE(read_product(R"({"productId":"tv","name":"TV","price":{"amount":10000,"currency":"KRW"}})"));
    CHECK_FALSE(read_product(R"({"productId":null,"name":"텔레비전","price":{"amount":0,"currency":"KRW"}})"));
}

TEST_CASE("all errors of a body are reported at once, each with its pointer") {
    const auto problem =
        read_product(R"({"productId":"a b","price":{"amount":"10","currency":"KRX","vat":1},"colour":"red"})");
    REQUIRE(problem);
    CHECK(problem->status == 400);
    CHECK(problem->code == "invalid-body");
    CHECK(pointers(problem) ==
          Pointers{"/productId", "/name", "/price/amount", "/price/vat", "/price/currency", "/colour"});
}

TEST_CASE("an unknown member has an escaped pointer") {
    const auto problem = read_product(R"({"name":"TV","price":{"amount":1,"currency":"KRW"},"a/b~c":1})");
    CHECK(pointers(problem) == Pointers{"/a~1b~0c"});
}

TEST_CASE("text behind a NUL is text, and a NUL is no JSON") {
    using namespace std::string_view_literals;
    for (const auto text : {"{\"name\":\"TV\"}\0"sv, "{\"name\":\"TV\"}\0garbage{{{"sv, "\0"sv, "{\0}"sv}) {
        const auto problem = read_product(text);
        REQUIRE(problem);
        CHECK(problem->code == "malformed-json");
    }
    CHECK(read_product("{}\0{}"sv)->detail == "at line 1, column 3: a NUL");
}

TEST_CASE("a number beyond every floating-point number is of the wrong form, and is not repeated") {
    const std::vector<std::string> numbers{"1e400", "-1e400", std::string(400, '9'), "1" + std::string(100'000, '0')};
    for (const auto& number : numbers) {
        const auto problem = read_product(R"({"name":"TV","price":{"currency":"KRW","amount":)" + number + "}}");
        REQUIRE(problem);
        CHECK(problem->code == "invalid-body");
        CHECK(problem->errors == std::vector<FieldError>{{"/price/amount", "must be an integer of at most 64 bits"}});
        CHECK(pointers(read_product("[1,2," + number + "]")) == Pointers{"/2"});
        CHECK(pointers(read_product(number)) == Pointers{""});
    }
}

TEST_CASE("a problem is not much larger than what it is about") {
    std::string unknown = "{";
    std::string twice = "{";
    for (int i = 0; i < 10'000; ++i) {
        unknown += "\"n" + std::to_string(i) + "\":0,";
        twice += "\"n\":0,";
    }
    unknown += R"("z":0})";
    twice += R"("n":0})";
    const std::string long_name = "{\"" + std::string(100'000, 'n') + "\":1}";
    std::string deep = long_name;
    for (int i = 0; i < 20; ++i) deep = "{\"" + std::string(100, 'n') + "\":" + deep + ",\"n\":1,\"n\":2}";
    for (const auto& text : {unknown, twice, long_name, deep}) {
        const auto problem = read_product(text);
        REQUIRE(problem);
        const auto document = nlohmann::json::parse(response_of(*problem, {.instance = "/", .trace_id = "0"}).body);
        CHECK(document.dump().size() < 16'000);
        CHECK(document.at("errors").size() <= errors_listed_max);
        CHECK(document.contains("detail") == (problem->errors.size() > errors_listed_max));
    }
    CHECK(read_product(unknown)->errors.size() == errors_listed_max + 1);
    // 64 bytes would end within a character.
    std::string letters;
    for (int i = 0; i < 40; ++i) letters += "\u00e4";
    CHECK(pointers(read_product("{\"n" + letters + "\":1}")).back() == "/n" + letters.substr(0, 62) + "...");
}

TEST_CASE("a repeated key is refused at any depth") {
    const auto problem =
        read_product(R"({"name":"TV","name":"Radio","price":{"amount":1,"amount":2,"currency":"KRW"}})");
    REQUIRE(problem);
    CHECK(problem->status == 400);
    CHECK(pointers(problem) == Pointers{"/name", "/price/amount"});
}

TEST_CASE("an amount is an integer without fraction or exponent") {
    for (const auto* amount : {"1.0", "1e3", "-0.5", "9223372036854775808", "1e400", "true", "\"1\"", "[]", "{}"}) {
        CAPTURE(amount);
        const auto problem =
            read_product(std::string{R"({"name":"TV","price":{"currency":"KRW","amount":)"} + amount + "}}");
        REQUIRE(problem);
        CHECK(problem->status == 400);
    }
}

TEST_CASE("a negative price violates a rule, not the form") {
    const auto problem = read_product(R"({"name":"TV","price":{"amount":-1,"currency":"KRW"}})");
    REQUIRE(problem);
    CHECK(problem->status == 422);
    CHECK(problem->code == "price-negative");
    CHECK(pointers(problem) == Pointers{"/price/amount"});
}

TEST_CASE("malformed JSON is refused with its line and column") {
    const auto problem = read_product("{\n  \"name\": TV}");
    REQUIRE(problem);
    CHECK(problem->code == "malformed-json");
    CHECK(problem->detail.find("line 2, column 11") != std::string::npos);
}

TEST_CASE("only exactly one JSON value is accepted") {
    for (const auto* bytes : {"{",
                              "}",
                              "nul",
                              "{}{}",
                              "{} x",
                              "{\"a\":1,}",
                              "[1",
                              "\"",
                              "{\"a\"}",
                              "\xef\xbb\xbf",
                              "'a'",
                              "{a:1}",
                              "{\"name\":\"\xff\xfe\"}",
                              "{\"name\":\"\xc3\"}",
                              "{\"name\":\"\\ud800\"}",
                              "{\"name\":\"a\nb\"}",
                              "01",
                              "+1",
                              "NaN",
                              "/*c*/{}",
                              " "}) {
        CAPTURE(bytes);
        const auto problem = read_product(bytes);
        REQUIRE(problem);
        CHECK(problem->code == "malformed-json");
    }
}

TEST_CASE("a body that is not an object is refused at its root") {
    for (const auto* bytes : {"[]", "1", "\"text\"", "null", "true"}) {
        CAPTURE(bytes);
        const auto problem = read_product(bytes);
        REQUIRE(problem);
        CHECK(problem->code == "invalid-body");
        CHECK(problem->errors.front() == FieldError{"", "must be an object"});
    }
}

TEST_CASE("deep nesting is refused early") {
    const auto deep = std::string(100'000, '[');
    const auto problem = read_product(deep);
    REQUIRE(problem);
    CHECK(problem->detail == "nested deeper than 32 levels");
    CHECK(parse_json(std::string(32, '[') + std::string(32, ']')));
    CHECK_FALSE(parse_json(std::string(33, '[') + std::string(33, ']')));
}

TEST_CASE("a quantity is 1 to 2^31 - 1") {
    const auto read = [](const std::string& quantity) {
        return read_body("{\"quantity\":" + quantity + "}",
                         [](ObjectReader& body, BodyErrors&) { body.quantity("quantity"); });
    };
    CHECK_FALSE(read("1"));
    CHECK_FALSE(read("2147483647"));
    for (const auto* quantity : {"0", "-1", "2147483648", "9223372036854775807", "-9223372036854775808"}) {
        CAPTURE(quantity);
        const auto problem = read(quantity);
        REQUIRE(problem);
        CHECK(problem->status == 422);
        CHECK(problem->code == "quantity-invalid");
    }
    CHECK(read("1.5")->status == 400);
    CHECK(read("18446744073709551615")->status == 400);
}
