// Ids, currencies and the words of rejections.
#include "aggregates/values.hpp"
#include "aggregates/rejection.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

namespace sillok {

TEST_CASE("an id is 1 to 64 characters that stand in a URL as they are") {
    for (const char* id : {"a", "inv-536365", "A.b_c~d-9", "-", "0"}) CHECK(is_valid(OrderId{id}));
    for (const char* id : {"", "a b", "a/b", "a%20", "a@b", "ä", "a\n", "a\"b"}) CHECK_FALSE(is_valid(OrderId{id}));
    CHECK(is_valid(OrderId{std::string(64, 'x')}));
    CHECK_FALSE(is_valid(OrderId{std::string(65, 'x')}));
    CHECK_FALSE(is_valid(OrderId{std::string(1, '\0')}));
}

TEST_CASE("a customer's id may be an e-mail address") {
    CHECK(is_valid(CustomerId{"1@uengine.org"}));
    CHECK_FALSE(is_valid(CustomerId{"a b@uengine.org"}));
    CHECK_FALSE(is_valid(CustomerId{"100%"}));
}

TEST_CASE("a product's id may hold escaped characters, whole escapes only") {
    for (const char* id : {"85123A", "gift%20card", "%E2%82%AC", "%aF"}) CHECK(is_valid(ProductId{id}));
    for (const char* id : {"%", "%2", "%2G", "a%", "a%4", "50%off", "a@b"}) CHECK_FALSE(is_valid(ProductId{id}));
}

TEST_CASE("a currency is an active one of ISO 4217") {
    const auto currency = [](const char(&code)[4]) { return is_valid(Currency{{code[0], code[1], code[2]}}); };
    for (const auto& code : {"KRW", "GBP", "USD", "EUR", "JPY", "AED", "ZWG"})
        CHECK(is_valid(Currency{{code[0], code[1], code[2]}}));
    CHECK_FALSE(currency("XXX"));
    CHECK_FALSE(currency("XAU"));
    CHECK_FALSE(currency("DEM"));
    CHECK_FALSE(currency("krw"));
    CHECK_FALSE(currency("D A"));  // stands between AED and AFN
    CHECK_FALSE(currency("   "));
}

TEST_CASE("every rejection has a sentence and a code of its own, but cancelled orders and deliveries share one") {
    std::map<std::string, int> codes;
    for (int number = 0; number <= static_cast<int>(Rejection::nothing_to_change); ++number) {
        const auto rejection = static_cast<Rejection::Reason>(number);
        CAPTURE(number);
        CHECK(sentence(rejection).ends_with('.'));
        CHECK(std::ranges::all_of(code(rejection), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }));
        ++codes[std::string{code(rejection)}];
    }
    for (const auto& [code, times] : codes) {
        CAPTURE(code);
        CHECK(times == (code == "already-cancelled" ? 2 : 1));
    }
}

}  // namespace sillok
