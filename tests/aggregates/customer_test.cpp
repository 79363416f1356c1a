// Customers: signed up once, one e-mail address each.
#include "aggregates/customer.hpp"
#include "tests/aggregates/given_when_then.hpp"

namespace sillok::customer {
namespace {

using namespace command;
using namespace event;

const Given<Customer> given;

SignUp sign_up(bool email_taken = false) { return {"홍길동", "hong@example.org", "hash-1", email_taken}; }
SignedUp signed_up() { return {"홍길동", "hong@example.org", "hash-1"}; }

}  // namespace

TEST_CASE("every command to a customer in every phase") {
    Table<Customer>{
        .commands = {{"SignUp", sign_up()},
                     {"ChangeDetails", ChangeDetails{"Hong", {}, false}},
                     {"ChangePassword", ChangePassword{"hash-2"}}},
        .phases = {{"absent", given()}, {"active", given(signed_up())}},
    }
        .check(R"(
            absent:
                SignUp -> customer.signedUp
                ChangeDetails, ChangePassword -> customer-unknown
            active:
                SignUp -> customer-exists
                ChangeDetails -> customer.detailsChanged
                ChangePassword -> customer.passwordChanged
        )");
}

TEST_CASE("a customer signs up once, with an address that nobody else uses") {
    CHECK(given().when(sign_up()) == then(signed_up()));
    CHECK(given().twice(sign_up()) == rejected(Rejection::customer_exists));
    CHECK(given().when(sign_up(true)) == rejected(Rejection::email_taken));
}

TEST_CASE("details change one by one") {
    CHECK(given(signed_up()).when(ChangeDetails{"Hong", {}, false}) ==
          then(DetailsChanged{"Hong", "hong@example.org"}));
    CHECK(given(signed_up()).when(ChangeDetails{{}, "h@example.org", false}) ==
          then(DetailsChanged{"홍길동", "h@example.org"}));
    CHECK(given(signed_up()).twice(ChangeDetails{"Hong", {}, false}) == rejected(Rejection::nothing_to_change));
    CHECK(given(signed_up()).when(ChangeDetails{}) == rejected(Rejection::nothing_to_change));
}

TEST_CASE("an address that somebody else uses stays theirs; one's own is not taken") {
    CHECK(given(signed_up()).when(ChangeDetails{{}, "kim@example.org", true}) == rejected(Rejection::email_taken));
    CHECK(given(signed_up()).when(ChangeDetails{"Hong", "hong@example.org", true}) ==
          then(DetailsChanged{"Hong", "hong@example.org"}));
}

TEST_CASE("a password changes to another one") {
    CHECK(given(signed_up()).when(ChangePassword{"hash-2"}) == then(PasswordChanged{"hash-2"}));
    CHECK(given(signed_up()).twice(ChangePassword{"hash-2"}) == rejected(Rejection::nothing_to_change));
    CHECK(given(signed_up(), PasswordChanged{"hash-2"}).state().password_hash == "hash-2");
}

TEST_CASE("a customer's phases have words") {
    CHECK(text(Customer::Phase::absent) == "absent");
    CHECK(text(Customer::Phase::active) == "active");
}

}  // namespace sillok::customer
