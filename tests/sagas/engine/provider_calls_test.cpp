// Every act, in every phase of the payment, with every response of the provider.
#include "sagas/engine/provider_calls.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "sagas/engine/provider_call_keys.hpp"
#include "sagas/engine/saga_errors.hpp"
#include "sagas/engine/saga_names.hpp"
#include "tests/sagas/engine/step_fixture.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace sillok::saga {
namespace {

using Phase = payment::Payment::Phase;
using Type = ProviderOperation::Type;
using namespace payment::command;

constexpr std::array phases{Phase::absent,       Phase::requested,       Phase::unknown,    Phase::authorised,
                            Phase::captured,     Phase::refunded,        Phase::declined,   Phase::voided,
                            Phase::not_required, Phase::capture_refused, Phase::written_off};
constexpr std::array acts{Act::authorise_payment, Act::capture_payment, Act::undo_payment};

const std::vector<ProviderResponse> responses{provider::Approved{"auth-1"}, provider::Declined{"no money"},
                                              provider::NotReceived{}, provider::Unknown{"no answer"}};

struct PaymentFixture : StepFixture {
    explicit PaymentFixture(Phase phase) {
        schedule_authorisation();
        for (const auto& command : commands_to(phase)) give(payments, state.order, command);
        REQUIRE(payment_phase() == phase);
    }

    std::vector<payment::Payment::Command> commands_to(Phase phase) const {
        const Request requested{state.details.customer, state.details.amount};
        const RecordAuthorised authorised{"auth-1"};
        const Capture capture{state.details.amount};
        const RecordCaptureRefused refused{state.details.amount, "card expired"};
        switch (phase) {
            case Phase::absent: return {};
            case Phase::requested: return {requested};
            case Phase::unknown: return {requested, RecordOutcomeUnknown{"no answer"}};
            case Phase::authorised: return {requested, authorised};
            case Phase::captured: return {requested, authorised, capture};
            case Phase::refunded:
                return {requested, authorised, capture, Refund{state.details.amount}, RecordRefunded{}};
            case Phase::declined: return {requested, RecordDeclined{"no money"}};
            case Phase::voided: return {requested, authorised, Void{}};
            case Phase::not_required: return {RecordNotRequired{state.details.customer, state.details.amount.currency}};
            case Phase::capture_refused: return {requested, authorised, refused};
            case Phase::written_off: return {requested, authorised, refused, WriteOff{"bad debt"}};
        }
        std::unreachable();
    }

    // As fulfilment would have written it.
    void schedule_authorisation() {
        authorisation = clock.new_id();
        event::Started started;
        started.definition = "fulfilment";
        started.order = state.order;
        event::CommandScheduled scheduled;
        scheduled.step = "authorise";
        scheduled.command_id = authorisation;
        Commit commit{.metadata = {.actor = "saga:fulfilment"}};
        commit.appends.push_back(
            {stream_of("fulfilment", state.order), NoStream{}, {encode(Event{started}), encode(Event{scheduled})}});
        REQUIRE(store.append_and_wait(commit));
    }

    std::string prepares(Act act) {
        const auto prepared = calls.prepare(state, intent(act));
        commit();
        if (const auto* result = std::get_if<StepResult>(&prepared)) return in_words(*result);
        request = std::get<ProviderRequest>(prepared);
        constexpr std::array names{"authorise", "capture", "void", "refund", "give up"};
        return std::string{request.query ? "query " : "call "} + names[static_cast<std::size_t>(request.type)];
    }
    // The result of the step, then the payment's phase.
    std::string records(const ProviderResponse& response) {
        std::string words;
        try {
            words = in_words(calls.record(request, response));
            commit();
        } catch (const UnforeseenAnswer&) {
            unit.give_up();
            words = "contradiction";
        }
        return words.append(", ").append(text(payment_phase()));
    }

    Uuid authorisation;
    ProviderCalls calls{store, payments, unit, all_sagas()};
    ProviderRequest request;
};

using row = std::vector<std::string>;

row recorded(Phase phase, Act act, Type type) {
    row results;
    for (const auto& response : responses) {
        PaymentFixture payment{phase};
        payment.request.act = act;
        payment.request.type = type;
        payment.request.call.key = payment.clock.new_id();
        payment.request.call.order = payment.state.order;
        payment.request.call.amount = payment.state.details.amount;
        results.push_back(payment.records(response));
    }
    return results;
}

TEST_CASE("each act, in each phase of the payment: what is asked of the provider, or why nothing is") {
    const auto prepared = [](Act act) {
        row results;
        for (const auto phase : phases) results.push_back(PaymentFixture{phase}.prepares(act));
        return results;
    };
    // absent, requested, unknown, authorised, captured, refunded, declined, voided, not required, capture refused,
    // written off
    CHECK(prepared(Act::authorise_payment) == row{"call authorise", "call authorise", "call authorise", "done", "done",
                                                  "done", "refused payment-declined", "refused payment-declined",
                                                  "done", "done", "done"});
    CHECK(prepared(Act::capture_payment) ==
          row{"refused not-authorised", "refused not-authorised", "refused not-authorised", "call capture", "done",
              "done", "refused not-authorised", "refused not-authorised", "done", "call capture", "done"});
    CHECK(prepared(Act::undo_payment) == row{"done", "query authorise", "query authorise", "call void", "call refund",
                                             "done", "done", "done", "done", "call void", "done"});
}

TEST_CASE("a saga queues for the provider exactly where it would call it") {
    for (const auto act : acts) {
        for (const auto phase : phases) {
            CAPTURE(static_cast<int>(act));
            CAPTURE(text(phase));
            PaymentFixture payment{phase};
            const bool needs = payment.calls.needs_provider(payment.state, payment.intent(act));
            payment.unit.give_up();
            const auto prepared = payment.prepares(act);
            CHECK(needs == (prepared.starts_with("call") || prepared.starts_with("query")));
        }
    }
}

TEST_CASE("a response to an authorisation, by the payment's phase") {
    const auto of = [](Phase phase) { return recorded(phase, Act::authorise_payment, Type::authorise); };
    // approved, declined, not received, unknown
    CHECK(of(Phase::absent) ==
          row{"refused payment-unknown, absent", "contradiction, absent", "contradiction, absent", "unknown, absent"});
    const row resolved{"done, authorised", "refused payment-declined, declined",
                       "refused payment-unavailable, declined", "unknown, unknown"};
    CHECK(of(Phase::requested) == resolved);
    CHECK(of(Phase::unknown) == resolved);
    CHECK(of(Phase::authorised) ==
          row{"done, authorised", "contradiction, authorised", "contradiction, authorised", "unknown, authorised"});
    CHECK(of(Phase::captured) ==
          row{"done, captured", "contradiction, captured", "contradiction, captured", "unknown, captured"});
    CHECK(of(Phase::refunded) ==
          row{"done, refunded", "contradiction, refunded", "contradiction, refunded", "unknown, refunded"});
    CHECK(of(Phase::declined) == row{"refused already-declined, declined", "refused payment-declined, declined",
                                     "refused payment-unavailable, declined", "unknown, declined"});
    CHECK(of(Phase::voided) ==
          row{"refused already-voided, voided", "contradiction, voided", "contradiction, voided", "unknown, voided"});
}

TEST_CASE("a response to a capture, by the payment's phase") {
    const std::array approved{"refused payment-unknown, absent",
                              "refused not-authorised, requested",
                              "refused outcome-unknown, unknown",
                              "done, captured",
                              "done, captured",
                              "done, refunded",
                              "refused already-declined, declined",
                              "refused already-voided, voided",
                              "refused payment-not-required, notRequired",
                              "done, captured",
                              "refused already-written-off, writtenOff"};
    for (std::size_t i = 0; i < phases.size(); ++i) {
        const auto unchanged = ", " + std::string{text(phases[i])};
        const auto declined =
            is_held(phases[i]) ? "unknown provider-declined, captureRefused" : "refused provider-declined" + unchanged;
        CHECK(recorded(phases[i], Act::capture_payment, Type::capture) ==
              row{approved[i], declined, "refused payment-unavailable" + unchanged, "unknown" + unchanged});
    }
}

TEST_CASE("a response to an undo, by what was asked") {
    const auto undone = [](Phase phase) {
        row results;
        for (const auto& response : responses) {
            PaymentFixture payment{phase};
            payment.prepares(Act::undo_payment);
            results.push_back(payment.records(response));
        }
        return results;
    };
    // A query: an authorisation that exists is voided next, one that does not needs no undo.
    const row queried{"unknown, authorised", "done, declined", "done, declined", "unknown, unknown"};
    CHECK(undone(Phase::requested) == queried);
    CHECK(undone(Phase::unknown) == queried);
    CHECK(undone(Phase::authorised) == row{"done, voided", "refused provider-declined, authorised",
                                           "refused payment-unavailable, authorised", "unknown, authorised"});
    CHECK(undone(Phase::captured) == row{"done, refunded", "refused provider-declined, captured",
                                         "refused payment-unavailable, captured", "unknown, captured"});
}

TEST_CASE("after a refusal a capture is another call, with a key of its own") {
    PaymentFixture payment{Phase::authorised};
    const auto intent = payment.intent(Act::capture_payment);
    const auto key = [&] {
        const auto prepared = payment.calls.prepare(payment.state, intent);
        payment.request = std::get<ProviderRequest>(prepared);
        return payment.request.call.key;
    };
    CHECK(key() == intent.command_id);
    CHECK(key() == intent.command_id);
    std::vector<Uuid> keys;
    for (std::uint32_t refused = 1; refused <= 3; ++refused) {
        REQUIRE(payment.records(provider::Declined{"card expired"}) == "unknown provider-declined, captureRefused");
        CHECK(key() == capture_key(intent.command_id, refused));
        CHECK(std::ranges::find(keys, payment.request.call.key) == keys.end());
        keys.push_back(payment.request.call.key);
    }
    CHECK(payment.records(provider::Approved{"auth-1"}) == "done, captured");
}

TEST_CASE("a payment of nothing asks nothing of anybody, from the authorisation to the undo") {
    StepFixture free;
    free.state.details.amount.amount = 0;
    ProviderCalls calls{free.store, free.payments, free.unit, all_sagas()};
    for (const auto act : {Act::undo_payment, Act::authorise_payment, Act::capture_payment, Act::undo_payment}) {
        CHECK_FALSE(calls.needs_provider(free.state, free.intent(act)));
        const auto prepared = calls.prepare(free.state, free.intent(act));
        REQUIRE(std::holds_alternative<StepResult>(prepared));
        CHECK(std::get<StepResult>(prepared).outcome == Outcome::done);
        free.commit();
    }
    CHECK(free.payment_phase() == Phase::not_required);
}

TEST_CASE("an answer about another amount or order is recorded as no answer, and the saga learns why") {
    const provider::Echo other{"o1", 299, "KRW"};
    PaymentFixture asked{Phase::requested};
    REQUIRE(asked.prepares(Act::authorise_payment) == "call authorise");
    CHECK(asked.records(provider::Approved{"auth-1", other}) == "unknown answer-differs, unknown");
    CHECK(asked.records(provider::Declined{"no", other}) == "unknown answer-differs, unknown");
    CHECK(asked.records(provider::Approved{"auth-1", {"o1", 300, "KRW"}}) == "done, authorised");
    PaymentFixture capturing{Phase::authorised};
    REQUIRE(capturing.prepares(Act::capture_payment) == "call capture");
    CHECK(capturing.records(provider::Approved{"auth-1", other}) == "unknown answer-differs, authorised");
    PaymentFixture undoing{Phase::unknown};
    REQUIRE(undoing.prepares(Act::undo_payment) == "query authorise");
    CHECK(undoing.records(provider::Approved{"auth-1", {"o2"}}) == "unknown answer-differs, unknown");
}

TEST_CASE("an undo of an unknown payment queries the key of the authorisation") {
    PaymentFixture payment{Phase::unknown};
    REQUIRE(payment.prepares(Act::undo_payment) == "query authorise");
    CHECK(payment.request.call.key == payment.authorisation);
}

TEST_CASE("the response to a refund that is over is looked at again, and records nothing") {
    PaymentFixture payment{Phase::captured};
    REQUIRE(payment.prepares(Act::undo_payment) == "call refund");
    CHECK(payment.request.call.key == new_refund_key(payment.calls.key_space(), payment.state.order, 1));
    REQUIRE(payment.records(provider::Declined{"closed"}) == "refused provider-declined, captured");
    CHECK(payment.records(provider::Approved{"auth-1"}) == "unknown, captured");
    REQUIRE(payment.prepares(Act::undo_payment) == "call refund");
    CHECK(payment.request.call.key == new_refund_key(payment.calls.key_space(), payment.state.order, 2));
}

TEST_CASE("a refund that was requested is asked for again with the same key") {
    PaymentFixture payment{Phase::captured};
    REQUIRE(payment.prepares(Act::undo_payment) == "call refund");
    const auto first = payment.request.call;
    REQUIRE(payment.prepares(Act::undo_payment) == "call refund");
    CHECK(payment.request.call.key == first.key);
    CHECK(payment.request.call.amount == first.amount);
}

}  // namespace
}  // namespace sillok::saga
