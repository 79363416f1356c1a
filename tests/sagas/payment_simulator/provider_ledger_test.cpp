#include "sagas/payment_simulator/provider_ledger.hpp"

#include "sagas/payment_simulator/ledger_json.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sillok {
namespace {

using Type = ProviderOperation::Type;

Uuid key(int number) { return uuid_v5({}, std::to_string(number)); }
Money won(std::int64_t amount) { return {amount, {{'K', 'R', 'W'}}}; }

OperationRequest authorisation(int number) {
    return {Type::authorise, key(number), OrderId{"o1"}, CustomerId{"kim"}, won(100), {}};
}
OperationRequest follow_up(Type type, int number, int authorised, std::int64_t amount = 100) {
    return {type, key(number), OrderId{"o1"}, {}, won(amount), key(authorised).text()};
}

const ProviderOperation& post(ProviderLedger& ledger, const OperationRequest& request) {
    return ledger.post(ledger.prepare(request).value());
}

TEST_CASE("an operation belongs to its authorisation, and keeps its customer and currency") {
    ProviderLedger ledger{10};
    post(ledger, authorisation(1));
    CHECK(post(ledger, follow_up(Type::capture, 2, 1)).customer == CustomerId{"kim"});
    const auto error_of = [&](OperationRequest request, auto&& change) {
        change(request);
        return ledger.prepare(request).error();
    };
    const auto refund = follow_up(Type::refund, 3, 1);
    CHECK(error_of(refund, [](auto& request) { request.reference = "another"; }) == LedgerError::reference_unknown);
    CHECK(error_of(refund, [](auto& request) { request.order = OrderId{"o2"}; }) == LedgerError::order_differs);
    CHECK(error_of(refund, [](auto& request) { request.amount.currency = {{'E', 'U', 'R'}}; }) ==
          LedgerError::currency_differs);
    CHECK(error_of(refund, [](auto& request) { request.key = key(2); }) == LedgerError::key_used);
    CHECK(ledger.find(key(3)) == nullptr);
}

TEST_CASE("a key that was given up is never executed") {
    ProviderLedger ledger{10};
    REQUIRE(ledger.give_up(key(1)) != nullptr);
    const auto late = ledger.prepare(authorisation(1));
    REQUIRE(late);
    CHECK(late->type == Type::give_up);
    CHECK(late->declined);
    CHECK(ledger.accounts().empty());
    const auto& posted = post(ledger, authorisation(2));
    CHECK(ledger.give_up(key(2)) == &posted);
}

TEST_CASE("a full ledger refuses authorisations, or forgets the oldest") {
    ProviderLedger refusing{2};
    ProviderLedger forgetting{2, ProviderLedger::WhenFull::forget_oldest};
    for (int i = 1; i <= 2; ++i) {
        post(refusing, authorisation(i));
        post(forgetting, authorisation(i));
    }
    CHECK(refusing.prepare(authorisation(3)).error() == LedgerError::full);
    CHECK(refusing.find(key(1)) != nullptr);
    post(forgetting, authorisation(3));
    CHECK(forgetting.find(key(1)) == nullptr);
    CHECK(forgetting.find(key(2)) != nullptr);
    REQUIRE(forgetting.accounts().size() == 2);
    CHECK(forgetting.accounts().front().reference == key(2).text());
    CHECK(forgetting.prepare(follow_up(Type::capture, 4, 1)).error() == LedgerError::reference_unknown);
}

TEST_CASE("an assumed authorisation can be captured, voided and refunded like one of its own") {
    ProviderLedger ledger{10};
    CHECK(ledger.prepare(follow_up(Type::refund, 2, 1)).error() == LedgerError::reference_unknown);
    ledger.assume({key(1).text(), {OrderId{"o1"}, CustomerId{"kim"}, won(100), 100}});
    CHECK_FALSE(post(ledger, follow_up(Type::refund, 2, 1)).declined);
    CHECK(post(ledger, follow_up(Type::refund, 3, 1)).declined == "more than was captured");
    CHECK(post(ledger, follow_up(Type::void_, 4, 1)).declined == "captured already");
}

// What is over is forgotten; what can still be captured is not, however old it is.
TEST_CASE("calls are forgotten when nothing has followed for long enough") {
    ProviderLedger ledger{3};
    ledger.set_time(Timestamp{1'000});
    for (int i = 1; i <= 2; ++i) post(ledger, authorisation(i));
    ledger.post(ledger.prepare(authorisation(3)).value(), "card declined");
    CHECK(ledger.prepare(authorisation(4)).error() == LedgerError::full);
    REQUIRE(ledger.give_up(key(5)) != nullptr);
    ledger.set_time(Timestamp{2'000});
    post(ledger, follow_up(Type::capture, 6, 1));
    CHECK(ledger.forget(Timestamp{1'000}).empty());
    CHECK(ledger.forget(Timestamp{2'000}) == std::vector{key(3), key(5)});
    CHECK(ledger.find(key(1)) != nullptr);
    REQUIRE(ledger.prepare(authorisation(4)));  // there is room again
    ledger.set_time(Timestamp{3'000});
    post(ledger, follow_up(Type::refund, 7, 1, 40));
    CHECK(ledger.forget(Timestamp{3'000}).empty());
    CHECK(ledger.forget(Timestamp{3'001}) == std::vector{key(1), key(6), key(7)});
    for (const auto known : {1, 6, 7}) CHECK(ledger.find(key(known)) == nullptr);
    CHECK(ledger.prepare(follow_up(Type::refund, 8, 1)).error() == LedgerError::reference_unknown);
    // Open for a long time, and then voided.
    REQUIRE(ledger.accounts().size() == 1);
    ledger.set_time(Timestamp{9'000});
    CHECK_FALSE(post(ledger, follow_up(Type::void_, 9, 2)).declined);
    CHECK(ledger.forget(Timestamp{9'000}).empty());
    CHECK(ledger.forget(Timestamp{9'001}) == std::vector{key(2), key(9)});
    CHECK(ledger.accounts().empty());
}

TEST_CASE("an authorisation that was captured in part can still be captured, and stays") {
    ProviderLedger ledger{10};
    ledger.set_time(Timestamp{1});
    post(ledger, authorisation(1));
    post(ledger, follow_up(Type::capture, 2, 1, 99));
    CHECK(ledger.forget(Timestamp{100}).empty());
    post(ledger, follow_up(Type::capture, 3, 1, 1));
    CHECK(ledger.forget(Timestamp{100}).size() == 3);
}

TEST_CASE("a ledger without times forgets nothing") {
    ProviderLedger ledger{10};
    post(ledger, authorisation(1));
    post(ledger, follow_up(Type::void_, 2, 1));
    CHECK(ledger.forget(Timestamp{1'000'000}).empty());
}

TEST_CASE("pages go on where they were when authorisations between them are forgotten") {
    ProviderLedger ledger{10};
    ledger.set_time(Timestamp{1});
    for (int i = 1; i <= 4; ++i) post(ledger, authorisation(i));
    const auto first = parse_ledger_page(ledger_page_json(ledger.numbered_accounts(), 0, 2)).value();
    post(ledger, follow_up(Type::void_, 11, 1));
    post(ledger, follow_up(Type::void_, 12, 2));
    REQUIRE(ledger.forget(Timestamp{2}).size() == 4);
    const auto rest = parse_ledger_page(ledger_page_json(ledger.numbered_accounts(), *first.next, 10)).value();
    REQUIRE(rest.accounts.size() == 2);
    CHECK(rest.accounts.front().reference == key(3).text());
    CHECK_FALSE(rest.next);
}

}  // namespace
}  // namespace sillok
