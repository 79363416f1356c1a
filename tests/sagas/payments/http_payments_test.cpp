#include "sagas/payments/http_payments.hpp"

#include "tests/scripted_server.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using Calls = std::vector<asio::awaitable<ProviderResponse>>;

// Long enough for a slow machine, short enough for a test of what never comes.
constexpr HttpPaymentsLimits patient{.call_timeout = 5s};
constexpr HttpPaymentsLimits hurried{.call_timeout = 60ms};

PaymentCall payment(const std::string& reference = {}) {
    return {uuid_v5({}, "key"), OrderId{"o-1"}, CustomerId{"1@uengine.org"}, {10'000, {{'K', 'R', 'W'}}}, reference};
}

// A scripted provider and a client.
struct ProviderFixture {
    explicit ProviderFixture(std::vector<ScriptedResponse> script, HttpPaymentsLimits limits = patient)
        : provider(std::move(script)), payments({"127.0.0.1", std::to_string(provider.port()), "/pay"}, limits) {}
    ~ProviderFixture() { payments.close(); }

    ProviderResponse answer(asio::awaitable<ProviderResponse> call) {
        ProviderResponse said;
        asio::co_spawn(context, std::move(call), [&said](std::exception_ptr failed, ProviderResponse answered) {
            CHECK_FALSE(failed);
            said = std::move(answered);
        });
        context.restart();
        context.run();
        return said;
    }

    ScriptedServer provider;
    asio::io_context context;
    HttpPayments payments;
};

bool unknown(const ProviderResponse& said) { return std::holds_alternative<provider::Unknown>(said); }

const ScriptedResponse approval = answers(200, R"({"status":"approved","reference":"auth/1"})");
const ScriptedResponse refusal = answers(402, R"({"status":"declined","reason":"card expired"})");

TEST_CASE("an authorisation follows the protocol, and its approval is understood") {
    ProviderFixture fixture{{answers(201, R"({"status":"approved","reference":"auth/1"})")}};
    CHECK(fixture.answer(fixture.payments.authorise(payment())) == ProviderResponse{provider::Approved{"auth/1"}});
    REQUIRE(fixture.provider.received().size() == 1);
    const auto received = fixture.provider.received().front();
    CHECK(received.method == "POST");
    CHECK(received.target == "/pay/authorisations");
    CHECK(received.key == payment().key.text());
    CHECK(received.content_type == "application/json");
    CHECK(received.body ==
          R"({"amount":{"amount":10000,"currency":"KRW"},"customerId":"1@uengine.org","orderId":"o-1"})");
}

TEST_CASE("capture, void, refund and query follow the protocol") {
    const auto none = answers(404, R"({"status":"not-received"})");
    ProviderFixture fixture{{approval, approval, approval, none, none}};
    CHECK(fixture.answer(fixture.payments.capture(payment("auth/1"))) ==
          ProviderResponse{provider::Approved{"auth/1"}});
    CHECK(fixture.answer(fixture.payments.void_authorisation(payment("auth/1"))) ==
          ProviderResponse{provider::Approved{"auth/1"}});
    CHECK(fixture.answer(fixture.payments.refund(payment("auth/1"))) == ProviderResponse{provider::Approved{"auth/1"}});
    CHECK(fixture.answer(fixture.payments.query(payment().key)) == ProviderResponse{provider::NotReceived{}});
    CHECK(fixture.answer(fixture.payments.give_up(payment().key)) == ProviderResponse{provider::NotReceived{}});
    const auto received = fixture.provider.received();
    REQUIRE(received.size() == 5);
    CHECK(received[0].target == "/pay/authorisations/auth%2F1/capture");
    CHECK(received[1].target == "/pay/authorisations/auth%2F1/void");
    CHECK(received[2].target == "/pay/refunds");
    CHECK(received[2].body == R"({"amount":{"amount":10000,"currency":"KRW"},"orderId":"o-1","reference":"auth/1"})");
    CHECK(received[3].method == "GET");
    CHECK(received[3].target == "/pay/operations/" + payment().key.text());
    CHECK(received[4].method == "DELETE");
    CHECK(received[4].target == "/pay/operations/" + payment().key.text());
    CHECK(fixture.provider.connections() == 1);
}

TEST_CASE("a decline is understood, to a call and to a query") {
    ProviderFixture fixture{{refusal, answers(200, R"({"status":"declined","reason":"card expired"})")}};
    CHECK(fixture.answer(fixture.payments.authorise(payment())) ==
          ProviderResponse{provider::Declined{"card expired"}});
    CHECK(fixture.answer(fixture.payments.query(payment().key)) ==
          ProviderResponse{provider::Declined{"card expired"}});
}

TEST_CASE("every response that is not exactly as the protocol says is Unknown") {
    const std::vector<ScriptedResponse> wrong{
        answers(200, ""),
        answers(200, "approved"),
        answers(200, "[]"),
        answers(200, "null"),
        answers(200, R"({"status":"approved"})"),
        answers(200, R"({"status":"approved","reference":""})"),
        answers(200, R"({"status":"approved","reference":7})"),
        answers(200, R"({"status":"error","reference":"auth/1"})"),
        answers(200, R"({"status":"declined","reason":"x"})"),
        answers(200, R"({"error":"database is down"})"),
        answers(200, R"({"status":"not-received"})"),
        answers(202, R"({"status":"approved","reference":"auth/1"})"),
        answers(302, "moved"),
        answers(402, "<html>payment required</html>"),
        answers(404, R"({"status":"not-received"})"),
        answers(429, R"({"status":"approved","reference":"auth/1"})"),
        answers(500, R"({"status":"approved","reference":"auth/1"})"),
        answers(503, "<html><body>sorry</body></html>"),
        answers(200, std::string(1'100'000, ' ') + R"({"status":"approved","reference":"auth/1"})"),
        says("220 mail.example ESMTP\r\n"),
        says("HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n"),
        says("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
    };
    for (const auto& reply : wrong) {
        CAPTURE(reply.bytes.substr(0, 120));
        ProviderFixture fixture{{reply}};
        CHECK(unknown(fixture.answer(fixture.payments.authorise(payment()))));
        CHECK(fixture.provider.received().size() == 1);
    }
}

TEST_CASE("Unknown says what came instead of a response") {
    const auto chunked = [](const std::string& rest) {
        return says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + rest);
    };
    const std::string approved = R"({"status":"approved","reference":"auth/1"})";
    struct Case {
        std::vector<ScriptedResponse> script;
        std::string detail;
    };
    // A lost connection is replaced, and the call sent again.
    const auto thrice = [](const ScriptedResponse& response) { return std::vector(3, response); };
    const Case cases[] = {
        // A page for people, with any status.
        {{answers(200, "<!doctype html><html><body>Welcome</body></html>")},
         "the provider answered 200 without a JSON object"},
        {{answers(502, "<html>Bad Gateway</html>")}, "the provider answered 502 without a JSON object"},
        // Nothing: no body, no bytes.
        {{answers(200, "")}, "the provider answered 200 without a JSON object"},
        {{says("HTTP/1.1 204 No Content\r\n\r\n")}, "the provider answered 204 without a JSON object"},
        {thrice(hangs_up()), "no answer: end of stream"},
        // Garbage, outside and inside of HTTP.
        {{says(std::string(64, '\0'))}, "no answer: bad version"},
        {{says("HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n")}, "no answer: bad Content-Length"},
        {{answers(200, "\xff\xfe{\"status\":\"approved\"}")}, "the provider answered 200 without a JSON object"},
        {{chunked("zz\r\n")}, "no answer: bad chunk"},
        // An error inside a 200.
        {{answers(200, R"({"error":"database is down"})")}, "the provider answered 200 with status \"\""},
        {{answers(200, R"({"status":"error","error":"no"})")}, "the provider answered 200 with status \"error\""},
        {{answers(200, R"({"status":"declined","reason":"x"})")}, "the provider answered 200 with status \"declined\""},
        // A body that is cut off, and one that grows beyond what any answer needs.
        {thrice(says("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + approved)), "no answer: partial message"},
        {thrice(chunked("2a\r\n" + approved + "\r\n")), "no answer: partial message"},
        {{floods()}, "no answer: body limit exceeded"},
        {{answers(200, approved + std::string(1'100'000, ' '))}, "no answer: body limit exceeded"},
    };
    for (const auto& [script, detail] : cases) {
        CAPTURE(script.front().bytes.substr(0, 120));
        ProviderFixture fixture{script};
        CHECK(fixture.answer(fixture.payments.authorise(payment())) == ProviderResponse{provider::Unknown{detail}});
    }
    // A response without an end runs into the time-out.
    ProviderFixture endless{{trickles(), trickles()}, hurried};
    CHECK(endless.answer(endless.payments.authorise(payment())) ==
          ProviderResponse{provider::Unknown{"no answer: The socket was closed due to a timeout"}});
}

TEST_CASE("a page that says 404 does not prove that a call was never received") {
    ProviderFixture fixture{{answers(404, "<html>not found</html>"), answers(404, R"({"status":"approved"})")}};
    CHECK(unknown(fixture.answer(fixture.payments.query(payment().key))));
    CHECK(unknown(fixture.answer(fixture.payments.query(payment().key))));
}

TEST_CASE("a connection that is lost before the response is replaced, and the call repeated with its key") {
    ProviderFixture fixture{{hangs_up(), says("HTTP/1.1 200 OK\r\nContent-Le"), approval}};
    CHECK(fixture.answer(fixture.payments.authorise(payment())) == ProviderResponse{provider::Approved{"auth/1"}});
    const auto received = fixture.provider.received();
    REQUIRE(received.size() == 3);
    CHECK(received[0].key == received[2].key);
}

TEST_CASE("a call whose connections are all lost is Unknown") {
    ProviderFixture fixture{{hangs_up(), hangs_up(), hangs_up(), approval}};
    CHECK(unknown(fixture.answer(fixture.payments.authorise(payment()))));
    CHECK(fixture.provider.received().size() == 3);
}

TEST_CASE("an idle connection that the provider has closed is replaced") {
    auto closing = approval;
    closing.then_close = true;
    ProviderFixture fixture{{closing, approval}};
    CHECK(fixture.answer(fixture.payments.authorise(payment())) == ProviderResponse{provider::Approved{"auth/1"}});
    CHECK(fixture.answer(fixture.payments.authorise(payment())) == ProviderResponse{provider::Approved{"auth/1"}});
    CHECK(fixture.provider.connections() == 2);
}

TEST_CASE("after a time-out the outcome is queried") {
    ProviderFixture fixture{{hangs(), answers(200, R"({"status":"approved","reference":"auth/1"})")}, hurried};
    CHECK(fixture.answer(fixture.payments.authorise(payment())) == ProviderResponse{provider::Approved{"auth/1"}});
    const auto received = fixture.provider.received();
    REQUIRE(received.size() == 2);
    CHECK(received[1].method == "GET");
}

TEST_CASE("a call that timed out and was not received may still arrive, so it is Unknown") {
    ProviderFixture fixture{{hangs(), answers(404, R"({"status":"not-received"})")}, hurried};
    CHECK(unknown(fixture.answer(fixture.payments.authorise(payment()))));
}

TEST_CASE("a call without a response, or without its end, ends as Unknown") {
    ProviderFixture silent{{hangs(), hangs()}, hurried};
    CHECK(unknown(silent.answer(silent.payments.authorise(payment()))));
    ProviderFixture endless{{trickles(), trickles()}, hurried};
    CHECK(unknown(endless.answer(endless.payments.authorise(payment()))));
    ProviderFixture flood{{floods()}};
    CHECK(unknown(flood.answer(flood.payments.authorise(payment()))));
}

TEST_CASE("a call to a closed port is Unknown") {
    HttpPayments payments{{"127.0.0.1", "1", ""}, patient};
    asio::io_context context;
    ProviderResponse said;
    asio::co_spawn(context, payments.authorise(payment()),
                   [&said](std::exception_ptr failed, ProviderResponse answered) {
                       CHECK_FALSE(failed);
                       said = std::move(answered);
                   });
    context.run();
    CHECK(unknown(said));
}

TEST_CASE("calls in flight use one connection each, and later calls reuse them") {
    ProviderFixture fixture{std::vector<ScriptedResponse>(40, approval)};
    int approved = 0;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 20; ++i) {
            auto call = fixture.payments.authorise(payment());
            asio::co_spawn(fixture.context, std::move(call),
                           [&](std::exception_ptr failed, const ProviderResponse& said) {
                               CHECK_FALSE(failed);
                               approved += std::holds_alternative<provider::Approved>(said);
                           });
        }
        fixture.context.restart();
        fixture.context.run();
    }
    CHECK(approved == 40);
    CHECK(fixture.provider.connections() == 20);
}

TEST_CASE("closing ends the calls in flight") {
    ProviderFixture fixture{{hangs()}};
    ProviderResponse said;
    asio::co_spawn(fixture.context, fixture.payments.authorise(payment()),
                   [&said](std::exception_ptr failed, ProviderResponse answered) {
                       CHECK_FALSE(failed);
                       said = std::move(answered);
                   });
    while (fixture.provider.received().empty()) fixture.context.poll();
    fixture.payments.close();
    fixture.context.restart();
    fixture.context.run();
    CHECK(unknown(said));
    CHECK(unknown(fixture.answer(fixture.payments.authorise(payment()))));
}

}  // namespace
}  // namespace sillok
