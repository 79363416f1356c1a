// Products: listed, revised, discontinued.
#include "aggregates/product.hpp"
#include "tests/aggregates/given_when_then.hpp"

namespace sillok::product {
namespace {

using namespace command;
using namespace event;

const Given<Product> given;
const Currency krw{{'K', 'R', 'W'}};

Registered registered() { return {"TV", {10'000, krw}, "55 inches", "goods"}; }
Register registration(Money price) { return {"TV", price, "55 inches", "goods"}; }
Revise revision_of_price(std::int64_t amount) {
    return {.product_name = {}, .price = Money{amount, krw}, .description = {}, .kind = {}};
}
Revise revision_of_name(const char* name) { return {.product_name = name, .price = {}, .description = {}, .kind = {}}; }

}  // namespace

TEST_CASE("every command to a product in every phase") {
    Table<Product>{
        .commands = {{"Register", registration({1, krw})},
                     {"Revise", revision_of_price(9'000)},
                     {"Discontinue", Discontinue{}}},
        .phases = {{"absent", given()},
                   {"listed", given(registered())},
                   {"discontinued", given(registered(), Discontinued{})}},
    }
        .check(R"(
            absent:
                Register -> product.registered
                Revise, Discontinue -> product-unknown
            listed:
                Register -> product-exists
                Revise -> product.revised
                Discontinue -> product.discontinued
            discontinued:
                Register -> product-exists
                Revise, Discontinue -> product-discontinued
        )");
}

TEST_CASE("a product is listed with its name, price, description and kind") {
    CHECK(given().when(registration({10'000, krw})) == then(registered()));
    CHECK(given(registered()).state() ==
          Product::State{Product::Phase::listed, "TV", {10'000, krw}, "55 inches", "goods"});
}

TEST_CASE("a price is never negative, may be nothing, and has an upper end") {
    CHECK(given().when(registration({-1, krw})) == rejected(Rejection::price_negative));
    CHECK(given().when(registration({0, krw})) == then(Registered{"TV", {0, krw}, "55 inches", "goods"}));
    CHECK(given().when(registration({price_max + 1, krw})) == rejected(Rejection::amount_overflow));
    CHECK(given(registered()).when(revision_of_price(-1)) == rejected(Rejection::price_negative));
}

TEST_CASE("a revision keeps what it does not name") {
    CHECK(given(registered()).when(revision_of_name("Television")) ==
          then(Revised{"Television", {10'000, krw}, "55 inches", "goods"}));
    CHECK(given(registered(), Revised{"Television", {5, krw}, "", ""}).state().product_name == "Television");
}

TEST_CASE("a revision that changes nothing is refused, and so is the same revision twice") {
    CHECK(given(registered()).when(Revise{}) == rejected(Rejection::nothing_to_change));
    CHECK(given(registered()).twice(revision_of_name("Television")) == rejected(Rejection::nothing_to_change));
}

TEST_CASE("a product is registered once and discontinued once") {
    CHECK(given().twice(registration({1, krw})) == rejected(Rejection::product_exists));
    CHECK(given(registered()).twice(Discontinue{}) == rejected(Rejection::product_discontinued));
}

TEST_CASE("a product's phases have words") {
    CHECK(text(Product::Phase::absent) == "absent");
    CHECK(text(Product::Phase::listed) == "listed");
    CHECK(text(Product::Phase::discontinued) == "discontinued");
}

}  // namespace sillok::product
