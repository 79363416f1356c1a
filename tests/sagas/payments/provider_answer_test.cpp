#include "sagas/payments/provider_answer.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <variant>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using enum ProviderAsked;
using Cause = provider::Unknown::Cause;

constexpr Timestamp now{1'700'000'000'000};

ProviderResponse said(unsigned status, std::string_view body, ProviderAsked asked = to_act,
                      std::string_view retry_after = {}) {
    return interpret({status, body, retry_after}, asked, now);
}

// "approved", "declined: reason", "not received", or the cause of Unknown.
std::string words(const ProviderResponse& response) {
    if (std::holds_alternative<provider::Approved>(response)) return "approved";
    if (const auto* declined = std::get_if<provider::Declined>(&response)) return "declined: " + declined->reason;
    if (std::holds_alternative<provider::NotReceived>(response)) return "not received";
    switch (std::get<provider::Unknown>(response).cause) {
        case Cause::no_answer: return "no answer";
        case Cause::unreachable: return "unreachable";
        case Cause::busy: return "busy";
        case Cause::refused: return "refused";
        case Cause::differs: return "differs";
    }
    return {};
}

TEST_CASE("an answer with text behind a NUL is no answer in JSON") {
    using namespace std::string_view_literals;
    CHECK(words(said(402, R"({"status":"declined","reason":"no"})")) == "declined: no");
    CHECK(words(said(402, "{\"status\":\"declined\",\"reason\":\"no\"}\0}"sv)) == "refused");
}

TEST_CASE("a status says whether this request is refused, or whether nothing is decided") {
    const auto all = [](std::initializer_list<unsigned> statuses, std::string_view body, ProviderAsked asked,
                        const std::string& meaning) {
        for (const auto status : statuses) {
            CAPTURE(status);
            CAPTURE(body);
            CHECK(words(said(status, body, asked)) == meaning);
        }
    };
    const std::initializer_list<unsigned> definite{400, 402, 410, 422, 451};
    const std::initializer_list<unsigned> undecided{401, 403, 404, 405, 406, 407, 409,
                                                    411, 413, 415, 418, 424, 426, 431};
    const std::initializer_list<unsigned> later{408, 425, 429};
    all(definite, R"({"title":"Amount too small"})", to_act, "declined: Amount too small");
    all(definite, R"({"title":"t","detail":"at least 100"})", to_act, "declined: at least 100");
    all(definite, R"({"reason":"r","detail":"d"})", to_act, "declined: r");
    all(definite, "<html>Bad request</html>", to_act, "refused");
    all(definite, R"({"reason":"r"})", for_outcome, "refused");
    all(definite, R"({"status":"approved","reference":"r"})", to_act, "refused");
    all(definite, R"({"status":"pending"})", to_act, "refused");
    all(undecided, R"({"title":"Unauthorised"})", to_act, "refused");
    all(undecided, "", to_act, "refused");
    all(undecided, R"({"status":"declined","reason":"no"})", to_act, "declined: no");
    all(later, R"({"status":"declined","reason":"no"})", to_act, "busy");
    all(later, "", for_outcome, "busy");
    all({500, 502, 503, 504}, R"({"status":"declined","reason":"no"})", to_act, "no answer");
    all({500, 502, 503, 504}, "", for_outcome, "unreachable");
    all({100, 202, 204, 301, 302, 307}, "", to_act, "no answer");
    CHECK(words(said(422, "")) == "declined: the provider answered 422 without a JSON object");
}

TEST_CASE("a query's not-received is believed only in the protocol's own words") {
    CHECK(words(said(404, R"({"status":"not-received"})", for_outcome)) == "not received");
    CHECK(words(said(404, R"({"status":"not-received"})", to_act)) == "refused");
    CHECK(words(said(404, "", for_outcome)) == "refused");
    CHECK(words(said(200, R"({"status":"declined","reason":"r"})", for_outcome)) == "declined: r");
    CHECK(words(said(200, R"({"status":"declined","reason":"r"})", to_act)) == "no answer");
}

TEST_CASE("Retry-After is honoured, in seconds and as a date, for an hour at most") {
    const auto wait = [](unsigned status, std::string_view header) {
        return std::get<provider::Unknown>(said(status, "", to_act, header)).retry_after;
    };
    CHECK(wait(429, "7") == 7s);
    CHECK(wait(503, "120") == 120s);
    CHECK(wait(503, "Tue, 14 Nov 2023 22:13:50 GMT") == 30s);
    CHECK(wait(429, "Tue, 14 Nov 2023 22:13:10 GMT") == 0s);
    CHECK(wait(429, "86400") == 1h);
    CHECK(wait(429, "9223372036854775807") == 1h);
    for (const auto* nonsense : {"", "-5", "soon", "1.5", "99999999999999999999"}) CHECK(wait(429, nonsense) == 0s);
    CHECK(words(said(503, "", to_act, "5")) == "busy");
    CHECK(words(said(503, "", to_act, "soon")) == "no answer");
}

TEST_CASE("an answer's own amount, currency and order are kept for comparison") {
    const auto echo = [](const std::string& members) {
        return std::get<provider::Approved>(said(200, R"({"status":"approved","reference":"a")" + members + "}")).echo;
    };
    CHECK(echo("") == provider::Echo{});
    CHECK(echo(R"(,"orderId":"o","amount":{"amount":5,"currency":"KRW"})") == provider::Echo{"o", 5, "KRW"});
    CHECK(echo(R"(,"amount":5,"currency":"KRW")") == provider::Echo{{}, 5, "KRW"});
    CHECK(echo(R"(,"amount":{"amount":5})") == provider::Echo{{}, 5, {}});
    for (const auto* wrong : {R"(,"orderId":7)", R"(,"amount":"5")", R"(,"amount":-5)", R"(,"amount":5.5)",
                              R"(,"amount":{"amount":"5"})", R"(,"amount":null)", R"(,"amount":5,"currency":1)"}) {
        CAPTURE(wrong);
        CHECK(echo(wrong).unreadable);
    }
}

TEST_CASE("a refusal and a not-received say what they are about, too") {
    const provider::Echo other{"zz", 5, "KRW"};
    const std::string members = R"("orderId":"zz","amount":{"amount":5,"currency":"KRW"}})";
    for (const unsigned status : {400u, 402u, 410u, 422u, 451u})
        CHECK(std::get<provider::Declined>(said(status, R"({"error":"bad",)" + members)).echo == other);
    const auto not_received = said(404, R"({"status":"not-received",)" + members, for_outcome);
    CHECK(std::get<provider::NotReceived>(not_received).echo == other);
}

TEST_CASE("an answer with two members of one name proves nothing") {
    CHECK(words(said(201, R"({"status":"declined","status":"approved","reference":"r"})")) == "no answer");
    CHECK(words(said(201, R"({"status":"approved","reference":"r","orderId":"a","orderId":"b"})")) == "no answer");
    CHECK(words(said(201, R"({"status":"approved","reference":"r","more":[{"a":1},{"a":2}]})")) == "approved");
    CHECK(words(said(201, R"({"status":"approved","reference":"r","more":{"a":1,"a":1}})")) == "no answer");
}

TEST_CASE("a reason of any length is bounded") {
    const auto response = said(402, R"({"status":"declined","reason":")" + std::string(59'000, 'x') + R"("})");
    CHECK(std::get<provider::Declined>(response).reason.size() == 1'024);
}

}  // namespace
}  // namespace sillok
