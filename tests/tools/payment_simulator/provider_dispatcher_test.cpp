// The provider's side of the protocol, without a network.
#include "tools/payment_simulator/provider_dispatcher.hpp"

#include "sagas/payment_simulator/ledger_json.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Method = ProviderHttpRequest::Method;

std::string key(int number) { return uuid_v5({}, std::to_string(number)).text(); }

json amount(std::int64_t minor_units, const std::string& currency = "KRW") {
    return {{"amount", minor_units}, {"currency", currency}};
}

// A provider, and requests to it.
struct ProviderFixture {
    explicit ProviderFixture(std::string_view profile = "", std::size_t authorisations_max = 100)
        : provider(*parse_simulator_profile(profile), ProviderLedger{authorisations_max}) {}

    ProviderHttpResponse post(const std::string& target, const std::string& with_key, const std::string& body) {
        return dispatcher.dispatch({Method::post, target, with_key, body});
    }
    ProviderHttpResponse get(const std::string& target) { return dispatcher.dispatch({Method::get, target, {}, {}}); }

    ProviderHttpResponse give_up(int number) {
        return dispatcher.dispatch({Method::remove, "/operations/" + key(number), {}, {}});
    }
    ProviderHttpResponse authorise(int number, std::int64_t minor_units = 100, const std::string& customer = "kim") {
        return post("/authorisations", key(number),
                    json{{"orderId", "o1"}, {"customerId", customer}, {"amount", amount(minor_units)}}.dump());
    }
    ProviderHttpResponse capture(int number, const std::string& reference, std::int64_t minor_units,
                                 const std::string& order = "o1", const std::string& currency = "KRW") {
        return post("/authorisations/" + reference + "/capture", key(number),
                    json{{"orderId", order}, {"amount", amount(minor_units, currency)}}.dump());
    }
    ProviderHttpResponse void_authorisation(int number, const std::string& reference) {
        return post("/authorisations/" + reference + "/void", key(number), R"({"orderId":"o1"})");
    }
    ProviderHttpResponse refund(int number, const std::string& reference, std::int64_t minor_units) {
        return post("/refunds", key(number),
                    json{{"orderId", "o1"}, {"reference", reference}, {"amount", amount(minor_units)}}.dump());
    }
    LedgerEntry only_entry() {
        REQUIRE(provider.ledger().accounts().size() == 1);
        return provider.ledger().accounts().front().entry;
    }

    SimulatedProvider provider;
    ProviderDispatcher dispatcher{provider};
};

json said(const ProviderHttpResponse& reply) { return json::parse(reply.body); }
std::string reference_in(const ProviderHttpResponse& reply) { return said(reply).at("reference"); }

}  // namespace

TEST_CASE("money is authorised, captured and refunded, each once") {
    ProviderFixture fixture;
    const auto approved = fixture.authorise(1);
    CHECK(approved.status == 201);
    CHECK(approved.delivered);
    CHECK(said(approved).at("status") == "approved");
    const auto reference = reference_in(approved);
    CHECK(said(fixture.capture(2, reference, 100)) == json{{"status", "approved"}, {"reference", reference}});
    CHECK(fixture.capture(3, reference, 1).status == 402);
    CHECK(said(fixture.void_authorisation(4, reference)) ==
          json{{"status", "declined"}, {"reason", "captured already"}});
    CHECK(fixture.refund(5, reference, 60).status == 201);
    CHECK(fixture.refund(6, reference, 60).status == 402);
    CHECK(fixture.only_entry() ==
          LedgerEntry{OrderId{"o1"}, CustomerId{"kim"}, {100, {{'K', 'R', 'W'}}}, 100, 60, false});
}

TEST_CASE("a repeated key gets its first result and posts nothing again") {
    ProviderFixture fixture;
    const auto first = fixture.authorise(1);
    const auto second = fixture.authorise(1);
    CHECK(first.posted);
    CHECK_FALSE(second.posted);
    CHECK(second.status == first.status);
    CHECK(second.body == first.body);
    const auto reference = reference_in(first);
    CHECK(fixture.capture(2, reference, 60).body == fixture.capture(2, reference, 60).body);
    CHECK(fixture.only_entry().captured == 60);
    CHECK(fixture.capture(3, reference, 50).status == 402);
    CHECK(fixture.capture(3, reference, 50).status == 402);
}

TEST_CASE("a key of another call is an error, and nothing changes") {
    ProviderFixture fixture;
    const auto reference = reference_in(fixture.authorise(1));
    CHECK(fixture.authorise(1, 101).status == 422);
    CHECK(fixture.authorise(1, 100, "lee").status == 422);
    CHECK(fixture.refund(1, reference, 100).status == 422);
    CHECK(fixture.capture(2, reference, 10).status == 201);
    CHECK(fixture.capture(2, reference, 11).status == 422);
    CHECK(fixture.void_authorisation(2, reference).status == 422);
    CHECK(fixture.only_entry() ==
          LedgerEntry{OrderId{"o1"}, CustomerId{"kim"}, {100, {{'K', 'R', 'W'}}}, 10, 0, false});
}

TEST_CASE("a lost call is not posted, one without a response is, and a query tells which") {
    ProviderFixture fixture{
        "lose-customer=lost,forget-customer=forgotten,fail-customer=failed,mute-customer=mute,patience-ms=7"};
    const auto lost = fixture.authorise(1, 100, "lost");
    CHECK_FALSE(lost.delivered);
    CHECK_FALSE(lost.posted);
    CHECK(lost.wait == 7ms);
    const auto forgotten = fixture.authorise(2, 100, "forgotten");
    CHECK_FALSE(forgotten.delivered);
    CHECK(forgotten.posted);
    const auto failed = fixture.authorise(3, 100, "failed");
    CHECK(failed.delivered);
    CHECK(failed.status == 500);
    CHECK_FALSE(failed.posted);
    CHECK_FALSE(fixture.authorise(4, 100, "mute").delivered);
    CHECK(fixture.get("/operations/" + key(1)).status == 404);
    CHECK(said(fixture.get("/operations/" + key(1))).at("status") == "not-received");
    CHECK(fixture.get("/operations/" + key(2)).status == 200);
    CHECK(said(fixture.get("/operations/" + key(2))) == json{{"status", "approved"}, {"reference", key(2)}});
    CHECK(fixture.get("/operations/" + key(3)).status == 404);
    CHECK_FALSE(fixture.get("/operations/" + key(4)).delivered);
    CHECK(fixture.provider.ledger().accounts().size() == 2);
}

TEST_CASE("a call that was given up before it arrived is never executed, one that had arrived is unchanged") {
    ProviderFixture fixture;
    const auto response = fixture.give_up(1);
    CHECK(response.status == 404);
    CHECK(said(response) == json{{"status", "not-received"}});
    REQUIRE(response.posted);
    CHECK(response.posted->type == ProviderOperation::Type::give_up);
    CHECK(fixture.authorise(1).status == 402);
    CHECK(fixture.give_up(1).status == 404);
    CHECK_FALSE(fixture.give_up(1).posted);
    CHECK(fixture.get("/operations/" + key(1)).status == 404);
    CHECK(fixture.authorise(2).status == 201);
    CHECK(fixture.give_up(2).status == 200);
    CHECK(fixture.capture(3, key(2), 100).status == 201);
    CHECK(fixture.provider.ledger().accounts().size() == 1);
}

TEST_CASE("a decline is 402 to the call and 200 to the query") {
    ProviderFixture fixture{"decline-amount=666"};
    const auto declined = fixture.authorise(1, 666);
    CHECK(declined.status == 402);
    CHECK(said(declined) == json{{"status", "declined"}, {"reason", "card declined"}});
    CHECK(fixture.get("/operations/" + key(1)).status == 200);
    CHECK(fixture.get("/operations/" + key(1)).body == declined.body);
    CHECK(fixture.provider.ledger().accounts().empty());
    CHECK(fixture.capture(2, key(1), 666).status == 404);
}

TEST_CASE("an invalid request is an error, and nothing is posted") {
    ProviderFixture fixture;
    const auto reference = reference_in(fixture.authorise(1));
    const std::string good = R"({"orderId":"o1","customerId":"kim","amount":{"amount":100,"currency":"KRW"}})";
    for (const std::string with_key : {"", "banana", "0190b2c4-5d6e-7f80-9abc"})
        CHECK(fixture.post("/authorisations", with_key, good).status == 400);
    for (const std::string body :
         {"",
          "banana",
          "[]",
          "null",
          "7",
          "{",
          "{}",
          R"({"orderId":"o1","customerId":"kim"})",
          R"({"orderId":"o1","amount":{"amount":100,"currency":"KRW"}})",
          R"({"orderId":"","customerId":"kim","amount":{"amount":100,"currency":"KRW"}})",
          R"({"orderId":7,"customerId":"kim","amount":{"amount":100,"currency":"KRW"}})",
          R"({"orderId":"o1","customerId":"kim","amount":100})",
          R"({"orderId":"o1","customerId":"kim","amount":{"amount":-1,"currency":"KRW"}})",
          R"({"orderId":"o1","customerId":"kim","amount":{"amount":1.5,"currency":"KRW"}})",
          R"({"orderId":"o1","customerId":"kim","amount":{"amount":"100","currency":"KRW"}})",
          R"({"orderId":"o1","customerId":"kim","amount":{"amount":99999999999999999999,"currency":"KRW"}})",
          R"({"orderId":"o1","customerId":"kim","amount":{"amount":18446744073709551615,"currency":"KRW"}})",
          R"({"orderId":"o1","customerId":"kim","amount":{"amount":100,"currency":"won"}})",
          R"({"orderId":"o1","customerId":"kim","amount":{"amount":100,"currency":"XXX"}})",
          "{\"orderId\":\"\xff\",\"customerId\":\"kim\",\"amount\":{\"amount\":100,\"currency\":\"KRW\"}}"}) {
        CAPTURE(body);
        const auto reply = fixture.post("/authorisations", key(2), body);
        CHECK(reply.status == 400);
        CHECK(said(reply).at("status") == "error");
    }
    CHECK(fixture.post("/authorisations", key(2), std::string(60'000, '[')).status == 400);
    CHECK(fixture.post("/authorisations", key(2), good + std::string{"\0}", 2}).status == 400);
    CHECK(fixture.capture(3, key(99), 100).status == 404);
    CHECK(fixture.capture(3, "banana", 100).status == 404);
    CHECK(fixture.refund(3, key(99), 100).status == 404);
    CHECK(fixture.refund(3, "", 100).status == 404);
    CHECK(fixture.void_authorisation(3, "%00").status == 404);
    CHECK(fixture.capture(3, reference, 100, "o2").status == 422);
    CHECK(fixture.capture(3, reference, 100, "o1", "EUR").status == 422);
    for (const auto* nowhere : {"/", "", "/authorisation", "/authorisations/x", "/authorisations/x/y",
                                "/authorisations/x/capture/z", "/refunds/x", "/operations", "//", "?"})
        CHECK(fixture.post(nowhere, key(4), good).status == 404);
    CHECK(fixture.get("/authorisations").status == 405);
    CHECK(fixture.post("/ledger", key(4), good).status == 405);
    CHECK(fixture.get("/operations/banana").status == 400);
    for (const auto* query : {"?after=x", "?after=-1", "?limit=0", "?limit=", "?after=99999999999999999999"})
        CHECK(fixture.get(std::string{"/ledger"} + query).status == 400);
    CHECK(fixture.only_entry().captured == 0);
    CHECK(fixture.authorise(2).status == 201);  // the key is still unused
}

TEST_CASE("a full ledger refuses authorisations, forgets nothing, and lets the known ones be completed") {
    ProviderFixture fixture{"", 2};
    const auto reference = reference_in(fixture.authorise(1));
    fixture.authorise(2);
    CHECK(fixture.authorise(3).status == 503);
    CHECK(fixture.authorise(1).status == 201);
    CHECK(fixture.capture(4, reference, 100).status == 201);
    CHECK(fixture.refund(5, reference, 100).status == 201);
    CHECK(fixture.get("/operations/" + key(1)).status == 200);
    CHECK(fixture.get("/operations/" + key(3)).status == 404);
    CHECK(fixture.provider.ledger().accounts().size() == 2);
}

TEST_CASE("the ledger is read page by page, each authorisation once") {
    ProviderFixture fixture{"decline-amount=1", 5'000};
    for (int i = 0; i < 2'500; ++i) fixture.authorise(i, 100 + i);
    fixture.authorise(2'501, 1);
    const auto voided = key(7);
    fixture.void_authorisation(2'502, voided);
    std::vector<LedgerAccount> all;
    int pages = 0;
    for (std::optional<std::uint64_t> after = 0; after; ++pages) {
        const auto page = parse_ledger_page(fixture.get("/ledger?after=" + std::to_string(*after)).body);
        REQUIRE(page);
        all.insert(all.end(), page->accounts.begin(), page->accounts.end());
        after = page->next;
    }
    CHECK(pages == 3);
    REQUIRE(all.size() == 2'500);
    CHECK(all[7] == LedgerAccount{voided, {OrderId{"o1"}, CustomerId{"kim"}, {107, {{'K', 'R', 'W'}}}, 0, 0, true}});
    CHECK(parse_ledger_page(fixture.get("/ledger?limit=2&after=2499").body)->accounts.size() == 1);
    CHECK(parse_ledger_page(fixture.get("/ledger?after=2500").body)->accounts.empty());
    CHECK_FALSE(parse_ledger_page(R"({"authorisations":[{}],"next":null})"));
    CHECK_FALSE(parse_ledger_page(R"({"authorisations":[]})"));
    CHECK_FALSE(parse_ledger_page("[]"));
}

}  // namespace sillok
