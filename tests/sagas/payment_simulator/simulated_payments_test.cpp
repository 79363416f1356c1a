#include "sagas/payment_simulator/simulated_payments.hpp"

#include "sagas/payments/payments_options.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>

namespace sillok {
namespace {

using namespace std::chrono_literals;

ProviderResponse answer(asio::awaitable<ProviderResponse> call) {
    asio::io_context context;
    ProviderResponse said;
    asio::co_spawn(context, std::move(call), [&said](std::exception_ptr failed, ProviderResponse answered) {
        CHECK_FALSE(failed);
        said = std::move(answered);
    });
    context.run();
    return said;
}

Uuid key(int number) { return uuid_v5({}, std::to_string(number)); }

PaymentCall payment(int number, std::int64_t amount = 100, const std::string& customer = "kim") {
    return {key(number), OrderId{"o1"}, CustomerId{customer}, {amount, {{'K', 'R', 'W'}}}, {}};
}
PaymentCall about(const PaymentCall& authorised, int number, std::int64_t amount) {
    auto call = authorised;
    call.reference = authorised.key.text();
    call.key = key(number);
    call.amount.amount = amount;
    return call;
}

bool approved(const ProviderResponse& said) { return std::holds_alternative<provider::Approved>(said); }
bool declined(const ProviderResponse& said) { return std::holds_alternative<provider::Declined>(said); }
bool unknown(const ProviderResponse& said) { return std::holds_alternative<provider::Unknown>(said); }

SimulatorProfile profile(std::string_view text) { return *parse_simulator_profile(text); }

TEST_CASE("money is authorised, captured and paid back, each once") {
    SimulatedPayments provider;
    const auto call = payment(1);
    const auto said = answer(provider.authorise(call));
    REQUIRE(approved(said));
    CHECK(answer(provider.authorise(call)) == said);
    CHECK(approved(answer(provider.capture(about(call, 2, 100)))));
    CHECK(approved(answer(provider.capture(about(call, 2, 100)))));
    CHECK(declined(answer(provider.capture(about(call, 3, 1)))));
    CHECK(declined(answer(provider.void_authorisation(about(call, 4, 0)))));
    CHECK(approved(answer(provider.refund(about(call, 5, 60)))));
    CHECK(declined(answer(provider.refund(about(call, 6, 60)))));
    CHECK(approved(answer(provider.refund(about(call, 7, 40)))));
    REQUIRE(provider.ledger().size() == 1);
    const auto entry = provider.ledger().begin()->second;
    CHECK(entry.authorised.amount == 100);
    CHECK(entry.captured == 100);
    CHECK(entry.refunded == 100);
    CHECK_FALSE(entry.voided);
}

TEST_CASE("an authorisation that was let go of cannot be captured") {
    SimulatedPayments provider;
    const auto call = payment(1);
    answer(provider.authorise(call));
    CHECK(approved(answer(provider.void_authorisation(about(call, 2, 0)))));
    CHECK(approved(answer(provider.void_authorisation(about(call, 3, 0)))));
    CHECK(declined(answer(provider.capture(about(call, 4, 100)))));
}

TEST_CASE("customers and amounts are declined by rule, others are not") {
    SimulatedPayments provider{profile("decline-customer=bad-*,decline-amount=666")};
    CHECK(declined(answer(provider.authorise(payment(1, 100, "bad-kim")))));
    CHECK(declined(answer(provider.authorise(payment(2, 666)))));
    CHECK(approved(answer(provider.authorise(payment(3, 667, "kim-bad-")))));
    CHECK(declined(answer(provider.query(key(1)))));
    CHECK(provider.ledger().size() == 1);
}

TEST_CASE("a call that was declined stays declined under its key") {
    SimulatedPayments provider{profile("decline=1")};
    CHECK(declined(answer(provider.authorise(payment(1)))));
    provider.behave({});
    CHECK(declined(answer(provider.authorise(payment(1)))));
    CHECK(approved(answer(provider.authorise(payment(2)))));
}

TEST_CASE("a call that was given up before it arrived is never carried out, one that had arrived stays as it is") {
    SimulatedPayments provider;
    CHECK(answer(provider.give_up(key(1))) == ProviderResponse{provider::NotReceived{}});
    CHECK(declined(answer(provider.authorise(payment(1)))));
    CHECK(answer(provider.give_up(key(1))) == ProviderResponse{provider::NotReceived{}});
    CHECK(answer(provider.query(key(1))) == ProviderResponse{provider::NotReceived{}});
    CHECK(approved(answer(provider.authorise(payment(2)))));
    CHECK(approved(answer(provider.give_up(key(2)))));
    CHECK(approved(answer(provider.capture(about(payment(2), 3, 100)))));
    CHECK(provider.ledger().size() == 1);
}

TEST_CASE("a forgotten answer was booked, a lost call was not, and a question tells them apart") {
    SimulatedPayments provider{
        profile("forget-customer=forgotten,lose-customer=lost,fail-customer=failed,mute-customer=mute,patience-ms=1")};
    CHECK(unknown(answer(provider.authorise(payment(1, 100, "forgotten")))));
    CHECK(unknown(answer(provider.authorise(payment(2, 100, "lost")))));
    CHECK(unknown(answer(provider.authorise(payment(3, 100, "failed")))));
    CHECK(unknown(answer(provider.authorise(payment(4, 100, "mute")))));
    CHECK(provider.ledger().size() == 2);
    CHECK(approved(answer(provider.query(key(1)))));
    CHECK(answer(provider.query(key(2))) == ProviderResponse{provider::NotReceived{}});
    CHECK(answer(provider.query(key(3))) == ProviderResponse{provider::NotReceived{}});
    CHECK(unknown(answer(provider.query(key(4)))));
    CHECK(answer(provider.query(key(5))) == ProviderResponse{provider::NotReceived{}});
    CHECK(provider.calls() == 9);
    provider.behave({});
    CHECK(approved(answer(provider.query(key(4)))));
}

TEST_CASE("rates hold on the whole, and the same seed gives the same fate in any order") {
    const auto declines = [](const char* text, bool backwards) {
        SimulatedPayments provider{profile(text)};
        std::string fates(1'000, ' ');
        for (int i = 0; i < 1'000; ++i) {
            const int number = backwards ? 999 - i : i;
            fates[static_cast<std::size_t>(number)] = declined(answer(provider.authorise(payment(number)))) ? 'd' : 'a';
        }
        return fates;
    };
    const auto fates = declines("decline=0.2,seed=7", false);
    CHECK(fates == declines("decline=0.2,seed=7", true));
    CHECK(fates != declines("decline=0.2,seed=8", false));
    const auto count = std::count(fates.begin(), fates.end(), 'd');
    CHECK(count > 130);
    CHECK(count < 270);
}

TEST_CASE("an account that the provider has forgotten is believed") {
    SimulatedPayments provider;
    const auto call = payment(1);
    CHECK(approved(answer(provider.refund(about(call, 2, 100)))));
    CHECK(declined(answer(provider.refund(about(call, 3, 100)))));
    const auto other = payment(4);
    CHECK(approved(answer(provider.capture(about(other, 5, 100)))));
}

TEST_CASE("a profile is read part by part, and a wrong part is named") {
    const auto parsed = profile(
        "decline=0.05,fail=0.1,forget=0.2,lose=0.3,delay-ms=20,patience-ms=7,seed=9,"
        "decline-customer=bad-*,forget-amount=666");
    CHECK(parsed.decline == doctest::Approx(0.05));
    CHECK(parsed.lose == doctest::Approx(0.3));
    CHECK(parsed.delay == 20ms);
    CHECK(parsed.patience == 7ms);
    CHECK(parsed.seed == 9);
    CHECK(parsed.rules == std::vector<SimulatedRule>{{SimulatedFault::decline, "bad-*", std::nullopt},
                                                     {SimulatedFault::forget, "", 666}});
    CHECK(profile("") == SimulatorProfile{});
    for (const auto* wrong : {"decline", "decline=2", "decline=-0.1", "decline=nan", "decline=0.1x", "delay-ms=-1",
                              "delay-ms=99999999999", "decline-amount=x", "decline-customer=", "decline-shop=1",
                              "seed=-1", "hurry=1", ",", "=1", "decline=0.1,,fail=0.1"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_simulator_profile(wrong));
    }
    CHECK(parse_simulator_profile("delay-ms=1,hurry=1").error() ==
          "the payment simulator does not understand \"hurry=1\"");
}

TEST_CASE("what becomes of webhooks is part of a profile, and only a provider that sends some has it") {
    const auto parsed = profile(
        "webhook-delay-ms=20,webhook-late=0.1,webhook-late-ms=300,webhook-duplicate=0.2,webhook-lose=0.3,seed=9");
    CHECK(parsed.webhooks == WebhookProfile{20ms, 0.1, 300ms, 0.2, 0.3});
    for (const auto* wrong : {"webhook-lose=2", "webhook-late-ms=-1", "webhook-=1", "webhook=1", "webhook-fail=0.1"})
        CHECK_FALSE(parse_simulator_profile(wrong));
    CHECK(parse_payments("simulator:webhook-lose=0.1").error() == "only sillok payments-simulator sends webhooks");
}

TEST_CASE("a profile loses, doubles and delays its share of webhooks, and the same ones every time") {
    const auto shares = profile(
        "webhook-delay-ms=5,webhook-late=0.2,webhook-late-ms=100,webhook-duplicate=0.3,"
        "webhook-lose=0.1,lose=0.5,seed=3");
    int lost = 0;
    int twice = 0;
    int late = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto key = payment(i).key;
        const auto times = webhook_times(shares, key);
        CHECK(times == webhook_times(shares, key));
        lost += times.empty();
        twice += times.size() == 2;
        if (times.empty()) continue;
        late += times.front() == 105ms;
        CHECK((times.front() == 5ms || times.front() == 105ms));
        CHECK(times.front() == times.back());
    }
    CHECK(lost == doctest::Approx(1'000).epsilon(0.1));
    CHECK(twice == doctest::Approx(2'700).epsilon(0.1));
    CHECK(late == doctest::Approx(1'800).epsilon(0.1));
    CHECK(webhook_times({}, payment(1).key) == std::vector{0ms});
}

TEST_CASE("--payments names a simulator or a provider's address") {
    CHECK(std::get<SimulatorProfile>(*parse_payments("simulator")) == SimulatorProfile{});
    CHECK(std::get<SimulatorProfile>(*parse_payments("simulator:delay-ms=20")).delay == 20ms);
    CHECK(std::get<HttpAddress>(*parse_payments("http://pay.example:8081/v1/")) ==
          HttpAddress{"pay.example", "8081", "/v1"});
    CHECK(std::get<HttpAddress>(*parse_payments("http://127.0.0.1")) == HttpAddress{"127.0.0.1", "80", ""});
    for (const auto* wrong :
         {"", "simulatorx", "simulator:x", "https://pay.example", "ftp://pay.example", "pay.example", "http://",
          "http://a:b@pay.example", "http://pay.example/?q=1", "http://pay example"}) {
        CAPTURE(wrong);
        const auto parsed = parse_payments(wrong);
        CHECK_FALSE(parsed);
        if (!parsed) CHECK_FALSE(parsed.error().empty());
    }
}

TEST_CASE("--breaker says when a provider is left alone, and for how long") {
    const auto parsed = parse_breaker("failures=0.25,slow-ms=700,break-ms=50,break-most-ms=900");
    REQUIRE(parsed);
    CHECK(parsed->failure_rate == 0.25);
    CHECK(parsed->slow == 700ms);
    CHECK(parsed->break_first == 50ms);
    CHECK(parsed->break_most == 900ms);
    CHECK(parse_breaker("")->slow == BreakerOptions{}.slow);
    CHECK(parse_breaker("slow-ms=1")->failure_rate == BreakerOptions{}.failure_rate);
    for (const auto* wrong : {"failures", "failures=", "failures=0", "failures=1.1", "failures=nan", "slow-ms=0",
                              "slow-ms=-1", "break-ms=1s", "probes=3", "=1", "slow-ms=1,,", "slow-ms=999999999999"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_breaker(wrong));
    }
    CHECK(parse_breaker("slow-ms=1,hurry=1").error() == "the circuit breaker does not understand \"hurry=1\"");
}

}  // namespace
}  // namespace sillok
