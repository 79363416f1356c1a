// Payments: requests to the provider, their outcomes, and the sums of money.
#include "aggregates/payment.hpp"
#include "tests/aggregates/given_when_then.hpp"

namespace sillok::payment {
namespace {

using namespace command;
using namespace event;

const Given<Payment> given;
const Currency krw{{'K', 'R', 'W'}};
const Currency gbp{{'G', 'B', 'P'}};
const CustomerId customer{"c-1"};

Money won(std::int64_t amount) { return {amount, krw}; }
Requested requested(std::int64_t amount = 100) { return {customer, won(amount)}; }
Authorised authorised(std::int64_t amount = 100) { return {customer, won(amount), "auth-7"}; }
Declined declined() { return {customer, "no cover"}; }
OutcomeUnknown unknown() { return {"timed out"}; }
Captured captured(std::int64_t amount = 100) { return {won(amount)}; }
RefundRequested refund_requested(std::int64_t amount) { return {won(amount)}; }
Refunded refunded(std::int64_t amount) { return {won(amount)}; }
NotRequired not_required() { return {customer, won(0)}; }
CaptureRefused capture_refused() { return {won(100), "card expired"}; }
WrittenOff written_off() { return {won(100), "bad debt"}; }
RefundFailed refund_failed(std::int64_t amount) { return {won(amount), "account closed"}; }

}  // namespace

TEST_CASE("every command to a payment in every phase") {
    Table<Payment>{
        .commands = {{"Request", Request{customer, won(100)}},
                     {"RecordAuthorised", RecordAuthorised{"auth-7"}},
                     {"RecordDeclined", RecordDeclined{"no cover"}},
                     {"RecordOutcomeUnknown", RecordOutcomeUnknown{"timed out"}},
                     {"ResolveAuthorised", ResolveAuthorised{"auth-7"}},
                     {"ResolveDeclined", ResolveDeclined{"no cover"}},
                     {"Capture", Capture{won(100)}},
                     {"Void", Void{}},
                     {"Refund", Refund{won(10)}},
                     {"RecordRefunded", RecordRefunded{}},
                     {"RecordRefundFailed", RecordRefundFailed{"account closed"}},
                     {"RecordNotRequired", RecordNotRequired{customer, krw}},
                     {"RecordCaptureRefused", RecordCaptureRefused{won(100), "card expired"}},
                     {"WriteOff", WriteOff{"bad debt"}}},
        .phases = {{"absent", given()},
                   {"requested", given(requested())},
                   {"unknown", given(requested(), unknown())},
                   {"authorised", given(requested(), authorised())},
                   {"captured", given(requested(), authorised(), captured())},
                   {"refund asked", given(requested(), authorised(), captured(), refund_requested(10))},
                   {"refunded", given(requested(), authorised(), captured(), refund_requested(100), refunded(100))},
                   {"declined", given(requested(), declined())},
                   {"voided", given(requested(), authorised(), Voided{})},
                   {"not required", given(not_required())},
                   {"capture refused", given(requested(), authorised(), capture_refused())},
                   {"written off", given(requested(), authorised(), capture_refused(), written_off())}},
    }
        .check(R"(
            absent:
                Request -> payment.requested
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown, ResolveAuthorised, ResolveDeclined -> payment-unknown
                Capture, Void, Refund, RecordRefunded, RecordRefundFailed -> payment-unknown
                RecordNotRequired -> payment.notRequired
                RecordCaptureRefused, WriteOff -> payment-unknown
            requested:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised -> payment.authorised
                RecordDeclined -> payment.declined
                RecordOutcomeUnknown -> payment.outcomeUnknown
                ResolveAuthorised, ResolveDeclined -> outcome-not-unknown
                Capture, Void -> not-authorised
                Refund, RecordRefunded, RecordRefundFailed -> not-captured
                RecordCaptureRefused, WriteOff -> not-authorised
            unknown:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> outcome-unknown
                ResolveAuthorised -> payment.outcomeResolved payment.authorised
                ResolveDeclined -> payment.outcomeResolved payment.declined
                Capture, Void, Refund, RecordRefunded, RecordRefundFailed -> outcome-unknown
                RecordCaptureRefused, WriteOff -> outcome-unknown
            authorised:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-authorised
                ResolveAuthorised, ResolveDeclined -> already-authorised
                Capture -> payment.captured
                Void -> payment.voided
                Refund, RecordRefunded, RecordRefundFailed -> not-captured
                RecordCaptureRefused -> payment.captureRefused
                WriteOff -> capture-not-refused
            captured:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-captured
                ResolveAuthorised, ResolveDeclined, Capture, Void -> already-captured
                Refund -> payment.refundRequested
                RecordRefunded, RecordRefundFailed -> refund-not-requested
                RecordCaptureRefused, WriteOff -> already-captured
            refund asked:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-captured
                ResolveAuthorised, ResolveDeclined, Capture, Void -> already-captured
                Refund -> refund-pending
                RecordRefunded -> payment.refunded
                RecordRefundFailed -> payment.refundFailed
                RecordCaptureRefused, WriteOff -> already-captured
            refunded:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-captured
                ResolveAuthorised, ResolveDeclined, Capture, Void -> already-captured
                Refund, RecordRefunded, RecordRefundFailed -> already-refunded
                RecordCaptureRefused, WriteOff -> already-captured
            declined:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-declined
                ResolveAuthorised, ResolveDeclined, Capture, Void -> already-declined
                Refund, RecordRefunded, RecordRefundFailed -> already-declined
                RecordCaptureRefused, WriteOff -> already-declined
            voided:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-voided
                ResolveAuthorised, ResolveDeclined, Capture, Void -> already-voided
                Refund, RecordRefunded, RecordRefundFailed -> already-voided
                RecordCaptureRefused, WriteOff -> already-voided
            not required:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> payment-not-required
                ResolveAuthorised, ResolveDeclined, Capture, Void -> payment-not-required
                Refund, RecordRefunded, RecordRefundFailed -> payment-not-required
                RecordCaptureRefused, WriteOff -> payment-not-required
            capture refused:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-authorised
                ResolveAuthorised, ResolveDeclined -> already-authorised
                Capture -> payment.captured
                Void -> payment.voided
                Refund, RecordRefunded, RecordRefundFailed -> not-captured
                RecordCaptureRefused -> payment.captureRefused
                WriteOff -> payment.writtenOff
            written off:
                Request, RecordNotRequired -> payment-exists
                RecordAuthorised, RecordDeclined, RecordOutcomeUnknown -> already-written-off
                ResolveAuthorised, ResolveDeclined, Capture, Void -> already-written-off
                Refund, RecordRefunded, RecordRefundFailed -> already-written-off
                RecordCaptureRefused, WriteOff -> already-written-off
        )");
}

TEST_CASE("a payment is asked for once, and never for less than nothing") {
    CHECK(given().when(Request{customer, won(100)}) == then(requested()));
    CHECK(given().twice(Request{customer, won(100)}) == rejected(Rejection::payment_exists));
    CHECK(given().when(Request{customer, won(-1)}) == rejected(Rejection::amount_invalid));
}

TEST_CASE("an authorisation is for what was asked and carries the provider's reference") {
    CHECK(given(requested()).when(RecordAuthorised{"auth-7"}) == then(authorised()));
    CHECK(given(requested(), authorised()).state().reference == "auth-7");
}

TEST_CASE("an outcome in doubt is resolved to authorised or declined, in one commit") {
    const auto in_doubt = given(requested(), unknown());
    CHECK(in_doubt.when(ResolveAuthorised{"auth-7"}).decision ==
          std::vector<Payment::Event>{OutcomeResolved{true}, authorised()});
    CHECK(in_doubt.when(ResolveDeclined{"no cover"}).decision ==
          std::vector<Payment::Event>{OutcomeResolved{false}, declined()});
    CHECK(in_doubt.twice(ResolveAuthorised{"auth-7"}) == rejected(Rejection::already_authorised));
    CHECK(in_doubt.twice(ResolveDeclined{"no cover"}) == rejected(Rejection::already_declined));
}

TEST_CASE("no more is captured than was authorised, and once") {
    const auto ready = given(requested(), authorised());
    CHECK(ready.when(Capture{won(100)}) == then(captured()));
    CHECK(ready.when(Capture{won(40)}) == then(captured(40)));
    CHECK(ready.when(Capture{won(101)}) == rejected(Rejection::amount_exceeds_authorised));
    CHECK(ready.when(Capture{won(-1)}) == rejected(Rejection::amount_invalid));
    CHECK(ready.when(Capture{Money{100, gbp}}) == rejected(Rejection::currency_mismatch));
    CHECK(ready.twice(Capture{won(100)}) == rejected(Rejection::already_captured));
}

TEST_CASE("an authorisation is voided once, and not after the money was captured") {
    CHECK(given(requested(), authorised()).when(Void{}) == then(Voided{}));
    CHECK(given(requested(), authorised()).twice(Void{}) == rejected(Rejection::already_voided));
    CHECK(given(requested(), authorised(), captured()).when(Void{}) == rejected(Rejection::already_captured));
}

TEST_CASE("no more is paid back than was taken, in one refund or in several") {
    const auto taken = given(requested(), authorised(), captured(80));
    CHECK(taken.when(Refund{won(80)}) == then(refund_requested(80)));
    CHECK(taken.when(Refund{won(81)}) == rejected(Rejection::refund_exceeds_captured));
    const auto half_back = given(requested(), authorised(), captured(80), refund_requested(50), refunded(50));
    CHECK(half_back.when(Refund{won(31)}) == rejected(Rejection::refund_exceeds_captured));
    CHECK(half_back.when(Refund{won(30)}) == then(refund_requested(30)));
    CHECK(half_back.state().phase == Payment::Phase::captured);
}

TEST_CASE("a refund is an amount in the payment's currency") {
    const auto taken = given(requested(), authorised(), captured());
    CHECK(taken.when(Refund{won(0)}) == rejected(Rejection::amount_invalid));
    CHECK(taken.when(Refund{won(-1)}) == rejected(Rejection::amount_invalid));
    CHECK(taken.when(Refund{Money{1, gbp}}) == rejected(Rejection::currency_mismatch));
}

TEST_CASE("one refund at a time: asked for, then told of") {
    const auto asked = given(requested(), authorised(), captured(), refund_requested(60));
    CHECK(asked.when(Refund{won(1)}) == rejected(Rejection::refund_pending));
    CHECK(asked.when(RecordRefunded{}) == then(refunded(60)));
    CHECK(asked.when(RecordRefundFailed{"account closed"}) == then(refund_failed(60)));
    CHECK(asked.twice(RecordRefunded{}) == rejected(Rejection::refund_not_requested));
    CHECK(asked.twice(RecordRefundFailed{"account closed"}) == rejected(Rejection::refund_not_requested));
    CHECK(given(requested(), authorised(), captured()).twice(Refund{won(60)}) == rejected(Rejection::refund_pending));
}

TEST_CASE("a refund that failed can be asked for again") {
    CHECK(
        given(requested(), authorised(), captured(), refund_requested(60), refund_failed(60)).when(Refund{won(100)}) ==
        then(refund_requested(100)));
}

TEST_CASE("when all is paid back there is nothing left to refund") {
    const auto all_back = given(requested(), authorised(), captured(), refund_requested(100), refunded(100));
    CHECK(all_back.state().phase == Payment::Phase::refunded);
    CHECK(all_back.when(Refund{won(1)}) == rejected(Rejection::already_refunded));
    CHECK(all_back.when(RecordRefunded{}) == rejected(Rejection::already_refunded));
}

TEST_CASE("an order for nothing is paid with nothing, and has nothing to refund") {
    const auto gift = given(requested(0), authorised(0));
    CHECK(gift.when(Capture{won(0)}) == then(captured(0)));
    CHECK(given(requested(0), authorised(0), captured(0)).when(Refund{won(0)}) ==
          rejected(Rejection::already_refunded));
}

TEST_CASE("a refused capture is counted, and what was authorised stands until it is captured, voided or written off") {
    const auto refused = given(requested(), authorised(), capture_refused(), capture_refused());
    CHECK(refused.state().captures_refused == 2);
    CHECK(refused.when(Capture{won(101)}) == rejected(Rejection::amount_exceeds_authorised));
    CHECK(refused.when(Capture{won(100)}) == then(captured()));
    CHECK(refused.when(WriteOff{"bad debt"}) == then(written_off()));
    CHECK(refused.twice(WriteOff{"bad debt"}) == rejected(Rejection::already_written_off));
}

TEST_CASE("a payment's phases have words") {
    const char* words[] = {"absent",   "requested", "unknown",     "authorised",     "captured",  "refunded",
                           "declined", "voided",    "notRequired", "captureRefused", "writtenOff"};
    for (std::size_t phase = 0; phase < std::size(words); ++phase)
        CHECK(text(Payment::Phase{static_cast<std::uint8_t>(phase)}) == words[phase]);
}

}  // namespace sillok::payment
