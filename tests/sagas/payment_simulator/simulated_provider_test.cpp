// The provider's side of the protocol, without a network.
#include "sagas/payment_simulator/simulated_provider.hpp"

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

// A provider, and what its callers say.
struct Desk {
    explicit Desk(std::string_view profile = "", std::size_t authorisations_max = 100)
        : provider(*parse_simulator_profile(profile), authorisations_max) {}

    ProviderHttpResponse posts(const std::string& target, const std::string& with_key, const std::string& body) {
        return provider.answer({Method::post, target, with_key, body});
    }
    ProviderHttpResponse gets(const std::string& target) { return provider.answer({Method::get, target, {}, {}}); }

    ProviderHttpResponse gives_up(int number) {
        return provider.answer({Method::remove, "/operations/" + key(number), {}, {}});
    }
    ProviderHttpResponse authorise(int number, std::int64_t minor_units = 100, const std::string& customer = "kim") {
        return posts("/authorisations", key(number),
                     json{{"orderId", "o1"}, {"customerId", customer}, {"amount", amount(minor_units)}}.dump());
    }
    ProviderHttpResponse capture(int number, const std::string& reference, std::int64_t minor_units,
                                 const std::string& order = "o1", const std::string& currency = "KRW") {
        return posts("/authorisations/" + reference + "/capture", key(number),
                     json{{"orderId", order}, {"amount", amount(minor_units, currency)}}.dump());
    }
    ProviderHttpResponse let_go(int number, const std::string& reference) {
        return posts("/authorisations/" + reference + "/void", key(number), R"({"orderId":"o1"})");
    }
    ProviderHttpResponse refund(int number, const std::string& reference, std::int64_t minor_units) {
        return posts("/refunds", key(number),
                     json{{"orderId", "o1"}, {"reference", reference}, {"amount", amount(minor_units)}}.dump());
    }
    LedgerEntry only() {
        REQUIRE(provider.ledger().accounts().size() == 1);
        return provider.ledger().accounts().front().entry;
    }

    SimulatedProvider provider;
};

json said(const ProviderHttpResponse& reply) { return json::parse(reply.body); }
std::string reference_in(const ProviderHttpResponse& reply) { return said(reply).at("reference"); }

}  // namespace

TEST_CASE("money is authorised, captured and paid back as the protocol says, each once") {
    Desk desk;
    const auto approved = desk.authorise(1);
    CHECK(approved.status == 201);
    CHECK(approved.answered);
    CHECK(said(approved).at("status") == "approved");
    const auto reference = reference_in(approved);
    CHECK(said(desk.capture(2, reference, 100)) == json{{"status", "approved"}, {"reference", reference}});
    CHECK(desk.capture(3, reference, 1).status == 402);
    CHECK(said(desk.let_go(4, reference)) == json{{"status", "declined"}, {"reason", "captured already"}});
    CHECK(desk.refund(5, reference, 60).status == 201);
    CHECK(desk.refund(6, reference, 60).status == 402);
    CHECK(desk.only() == LedgerEntry{OrderId{"o1"}, CustomerId{"kim"}, {100, {{'K', 'R', 'W'}}}, 100, 60, false});
}

TEST_CASE("a key that is known gets its first result and books nothing again") {
    Desk desk;
    const auto first = desk.authorise(1);
    const auto second = desk.authorise(1);
    CHECK(first.booked);
    CHECK_FALSE(second.booked);
    CHECK(second.status == first.status);
    CHECK(second.body == first.body);
    const auto reference = reference_in(first);
    CHECK(desk.capture(2, reference, 60).body == desk.capture(2, reference, 60).body);
    CHECK(desk.only().captured == 60);
    CHECK(desk.capture(3, reference, 50).status == 402);
    CHECK(desk.capture(3, reference, 50).status == 402);
}

TEST_CASE("a key that stands for another call is refused, and nothing changes") {
    Desk desk;
    const auto reference = reference_in(desk.authorise(1));
    CHECK(desk.authorise(1, 101).status == 422);
    CHECK(desk.authorise(1, 100, "lee").status == 422);
    CHECK(desk.refund(1, reference, 100).status == 422);
    CHECK(desk.capture(2, reference, 10).status == 201);
    CHECK(desk.capture(2, reference, 11).status == 422);
    CHECK(desk.let_go(2, reference).status == 422);
    CHECK(desk.only() == LedgerEntry{OrderId{"o1"}, CustomerId{"kim"}, {100, {{'K', 'R', 'W'}}}, 10, 0, false});
}

TEST_CASE("a lost call was not booked, a forgotten answer was, and a question tells them apart") {
    Desk desk{"lose-customer=lost,forget-customer=forgotten,fail-customer=failed,mute-customer=mute,patience-ms=7"};
    const auto lost = desk.authorise(1, 100, "lost");
    CHECK_FALSE(lost.answered);
    CHECK_FALSE(lost.booked);
    CHECK(lost.wait == 7ms);
    const auto forgotten = desk.authorise(2, 100, "forgotten");
    CHECK_FALSE(forgotten.answered);
    CHECK(forgotten.booked);
    const auto failed = desk.authorise(3, 100, "failed");
    CHECK(failed.answered);
    CHECK(failed.status == 500);
    CHECK_FALSE(failed.booked);
    CHECK_FALSE(desk.authorise(4, 100, "mute").answered);
    CHECK(desk.gets("/operations/" + key(1)).status == 404);
    CHECK(said(desk.gets("/operations/" + key(1))).at("status") == "not-received");
    CHECK(desk.gets("/operations/" + key(2)).status == 200);
    CHECK(said(desk.gets("/operations/" + key(2))) == json{{"status", "approved"}, {"reference", key(2)}});
    CHECK(desk.gets("/operations/" + key(3)).status == 404);
    CHECK_FALSE(desk.gets("/operations/" + key(4)).answered);
    CHECK(desk.provider.ledger().accounts().size() == 2);
}

TEST_CASE("a call that was given up before it arrived is never carried out, one that had arrived stays as it is") {
    Desk desk;
    const auto given_up = desk.gives_up(1);
    CHECK(given_up.status == 404);
    CHECK(said(given_up) == json{{"status", "not-received"}});
    REQUIRE(given_up.booked);
    CHECK(given_up.booked->type == ProviderOperation::Type::give_up);
    CHECK(desk.authorise(1).status == 402);
    CHECK(desk.gives_up(1).status == 404);
    CHECK_FALSE(desk.gives_up(1).booked);
    CHECK(desk.gets("/operations/" + key(1)).status == 404);
    CHECK(desk.authorise(2).status == 201);
    CHECK(desk.gives_up(2).status == 200);
    CHECK(desk.capture(3, key(2), 100).status == 201);
    CHECK(desk.provider.ledger().accounts().size() == 1);
}

TEST_CASE("a decline is 402 to the call and 200 to the question") {
    Desk desk{"decline-amount=666"};
    const auto declined = desk.authorise(1, 666);
    CHECK(declined.status == 402);
    CHECK(said(declined) == json{{"status", "declined"}, {"reason", "card declined"}});
    CHECK(desk.gets("/operations/" + key(1)).status == 200);
    CHECK(desk.gets("/operations/" + key(1)).body == declined.body);
    CHECK(desk.provider.ledger().accounts().empty());
    CHECK(desk.capture(2, key(1), 666).status == 404);
}

TEST_CASE("what makes no sense is refused, and nothing is booked") {
    Desk desk;
    const auto reference = reference_in(desk.authorise(1));
    const std::string good = R"({"orderId":"o1","customerId":"kim","amount":{"amount":100,"currency":"KRW"}})";
    for (const std::string with_key : {"", "banana", "0190b2c4-5d6e-7f80-9abc"})
        CHECK(desk.posts("/authorisations", with_key, good).status == 400);
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
        const auto reply = desk.posts("/authorisations", key(2), body);
        CHECK(reply.status == 400);
        CHECK(said(reply).at("status") == "error");
    }
    CHECK(desk.posts("/authorisations", key(2), std::string(60'000, '[')).status == 400);
    CHECK(desk.capture(3, key(99), 100).status == 404);
    CHECK(desk.capture(3, "banana", 100).status == 404);
    CHECK(desk.refund(3, key(99), 100).status == 404);
    CHECK(desk.refund(3, "", 100).status == 404);
    CHECK(desk.let_go(3, "%00").status == 404);
    CHECK(desk.capture(3, reference, 100, "o2").status == 422);
    CHECK(desk.capture(3, reference, 100, "o1", "EUR").status == 422);
    for (const auto* nowhere : {"/", "", "/authorisation", "/authorisations/x", "/authorisations/x/y",
                                "/authorisations/x/capture/z", "/refunds/x", "/operations", "//", "?"})
        CHECK(desk.posts(nowhere, key(4), good).status == 404);
    CHECK(desk.gets("/authorisations").status == 405);
    CHECK(desk.posts("/ledger", key(4), good).status == 405);
    CHECK(desk.gets("/operations/banana").status == 400);
    for (const auto* query : {"?after=x", "?after=-1", "?limit=0", "?limit=", "?after=99999999999999999999"})
        CHECK(desk.gets(std::string{"/ledger"} + query).status == 400);
    CHECK(desk.only().captured == 0);
    CHECK(desk.authorise(2).status == 201);  // the key was not used up
}

TEST_CASE("books that are full say so, forget nothing, and let what is authorised be brought to an end") {
    Desk desk{"", 2};
    const auto reference = reference_in(desk.authorise(1));
    desk.authorise(2);
    CHECK(desk.authorise(3).status == 503);
    CHECK(desk.authorise(1).status == 201);
    CHECK(desk.capture(4, reference, 100).status == 201);
    CHECK(desk.refund(5, reference, 100).status == 201);
    CHECK(desk.gets("/operations/" + key(1)).status == 200);
    CHECK(desk.gets("/operations/" + key(3)).status == 404);
    CHECK(desk.provider.ledger().accounts().size() == 2);
}

TEST_CASE("the ledger is read page by page, to its end, each authorisation once") {
    Desk desk{"decline-amount=1", 5'000};
    for (int i = 0; i < 2'500; ++i) desk.authorise(i, 100 + i);
    desk.authorise(2'501, 1);
    const auto voided = key(7);
    desk.let_go(2'502, voided);
    std::vector<LedgerAccount> all;
    int pages = 0;
    for (std::optional<std::uint64_t> after = 0; after; ++pages) {
        const auto page = parse_ledger_page(desk.gets("/ledger?after=" + std::to_string(*after)).body);
        REQUIRE(page);
        all.insert(all.end(), page->accounts.begin(), page->accounts.end());
        after = page->next;
    }
    CHECK(pages == 3);
    REQUIRE(all.size() == 2'500);
    CHECK(all[7] == LedgerAccount{voided, {OrderId{"o1"}, CustomerId{"kim"}, {107, {{'K', 'R', 'W'}}}, 0, 0, true}});
    CHECK(parse_ledger_page(desk.gets("/ledger?limit=2&after=2499").body)->accounts.size() == 1);
    CHECK(parse_ledger_page(desk.gets("/ledger?after=2500").body)->accounts.empty());
    CHECK_FALSE(parse_ledger_page(R"({"authorisations":[{}],"next":null})"));
    CHECK_FALSE(parse_ledger_page(R"({"authorisations":[]})"));
    CHECK_FALSE(parse_ledger_page("[]"));
}

}  // namespace sillok
