#include "sagas/payment_simulator/simulated_payments.hpp"

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

TEST_CASE("money is authorised, captured and refunded, each once") {
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

TEST_CASE("a voided authorisation cannot be captured") {
    SimulatedPayments provider;
    const auto call = payment(1);
    answer(provider.authorise(call));
    CHECK(approved(answer(provider.void_authorisation(about(call, 2, 0)))));
    CHECK(approved(answer(provider.void_authorisation(about(call, 3, 0)))));
    CHECK(declined(answer(provider.capture(about(call, 4, 100)))));
}

TEST_CASE("a rule declines its customers and amounts only") {
    SimulatedPayments provider{profile("decline-customer=bad-*,decline-amount=666")};
    CHECK(declined(answer(provider.authorise(payment(1, 100, "bad-kim")))));
    CHECK(declined(answer(provider.authorise(payment(2, 666)))));
    CHECK(approved(answer(provider.authorise(payment(3, 667, "kim-bad-")))));
    CHECK(declined(answer(provider.query(key(1)))));
    CHECK(provider.ledger().size() == 1);
}

TEST_CASE("a repeated declined call is declined again") {
    SimulatedPayments provider{profile("decline=1")};
    CHECK(declined(answer(provider.authorise(payment(1)))));
    provider.behave({});
    CHECK(declined(answer(provider.authorise(payment(1)))));
    CHECK(approved(answer(provider.authorise(payment(2)))));
}

TEST_CASE("a call that was given up before it arrived is never executed, one that had arrived is unchanged") {
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

TEST_CASE("a lost call is not posted, one without a response is, and a query tells which") {
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

TEST_CASE("rates hold on average, and a seed decides the same in any order of calls") {
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

TEST_CASE("an authorisation that the provider does not know is assumed to be approved") {
    SimulatedPayments provider;
    const auto call = payment(1);
    CHECK(approved(answer(provider.refund(about(call, 2, 100)))));
    CHECK(declined(answer(provider.refund(about(call, 3, 100)))));
    const auto other = payment(4);
    CHECK(approved(answer(provider.capture(about(other, 5, 100)))));
}

}  // namespace
}  // namespace sillok
