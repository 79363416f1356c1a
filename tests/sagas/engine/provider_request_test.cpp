#include "sagas/engine/provider_request.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

namespace sillok::saga {
namespace {

using provider::Approved;
using provider::Declined;
using provider::Echo;
using provider::Unknown;

const ProviderRequest request{
    .call = {uuid_v5({}, "key"), OrderId{"o1"}, CustomerId{"kim"}, {300, {{'K', 'R', 'W'}}}, "auth-1"}};

TEST_CASE("an answer about the order and amount that were asked for is recorded as it is") {
    for (const auto& echo : {Echo{}, Echo{"o1"}, Echo{{}, 300}, Echo{{}, {}, "KRW"}, Echo{"o1", 300, "KRW"}})
        CHECK_FALSE(corrected(request, Approved{"auth-1", echo}));
    CHECK_FALSE(corrected(request, provider::NotReceived{}));
}

TEST_CASE("an answer about another order, amount or currency is no answer, whether yes or no") {
    struct Row {
        Echo echo;
        std::string what;
    };
    const std::vector<Row> rows{
        {{"o2"}, "the provider answered for order o2, asked was o1"},
        {{"o2", 300, "KRW"}, "the provider answered for order o2, asked was o1"},
        {{{}, 299}, "the provider answered for 299 KRW, asked were 300 KRW"},
        {{"o1", 301, "KRW"}, "the provider answered for 301 KRW, asked were 300 KRW"},
        {{"o1", 300, "USD"}, "the provider answered for 300 USD, asked were 300 KRW"},
        {{{}, {}, "krw"}, "the provider answered for 300 krw, asked were 300 KRW"},
        {{{}, {}, {}, true}, "the provider's answer names an order or an amount that cannot be read"},
    };
    for (const auto& [echo, what] : rows) {
        CAPTURE(what);
        const ProviderResponse differs = Unknown{what, Unknown::Cause::differs};
        CHECK(corrected(request, Approved{"auth-1", echo}) == differs);
        CHECK(corrected(request, Declined{"no money", echo}) == differs);
        CHECK(corrected(request, provider::NotReceived{echo}) == differs);
    }
}

TEST_CASE("what the provider says is bounded before it is recorded") {
    const std::string lots(2'000, 'x');
    CHECK(std::get<Declined>(*corrected(request, Declined{lots})).reason.size() == 1'024);
    CHECK(std::get<Unknown>(*corrected(request, Unknown{lots})).detail.size() == 1'024);
    const auto differs = corrected(request, Approved{"auth-1", Echo{lots + "\n"}});
    CHECK(std::get<Unknown>(*differs).detail.size() == 1'024);
}

}  // namespace
}  // namespace sillok::saga
