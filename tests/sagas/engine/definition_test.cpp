#include "sagas/engine/definition.hpp"

#include "sagas/all_sagas.hpp"
#include "sagas/cancellation.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/fulfilment.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace sillok::saga {
namespace {

TEST_CASE("a definition is found by the name and the version that a journal holds") {
    const Definition first{.name = "fulfilment", .version = 1, .starts = "order.placed", .steps = {}};
    const Definition second{
        .name = "fulfilment", .version = 2, .starts = "order.placed", .steps = {}, .previous = &first};
    CHECK(find_version(second, "fulfilment", 1) == &first);
    CHECK(find_version(second, "fulfilment", 2) == &second);
    CHECK(find_version(second, "fulfilment", 99) == nullptr);
    CHECK(find_version(second, "dispatch", 1) == nullptr);
}

TEST_CASE("every step before the pivot has a compensation, and no step after it") {
    bool pivot_passed = false;
    for (const auto& step : Fulfilment::definition().steps) {
        CAPTURE(step.name);
        if (step.kind == StepKind::pivot) pivot_passed = true;
        CHECK((step.kind == StepKind::compensatable) == step.compensation.has_value());
        if (step.kind == StepKind::compensatable) CHECK_FALSE(pivot_passed);
        if (step.kind == StepKind::retriable) CHECK(pivot_passed);
    }
    CHECK(pivot_passed);
}

TEST_CASE("waits between attempts double up to a limit, with full jitter") {
    using std::chrono::milliseconds;
    const RetryPolicy policy{.attempts = 5, .wait = milliseconds{100}, .wait_max = milliseconds{1'000}};
    const auto wait = [&](std::uint32_t attempt, std::uint64_t chance) {
        return next_attempt_at(policy, attempt, {Timestamp{50}, chance}).value - 50;
    };
    CHECK(wait(1, 0) == 1);
    CHECK(wait(1, 99) == 100);
    CHECK(wait(2, 199) == 200);
    CHECK(wait(3, 399) == 400);
    CHECK(wait(4, 799) == 800);
    CHECK(wait(5, 999) == 1'000);
    CHECK(wait(4'000'000'000, 999) == 1'000);
    for (std::uint64_t chance = 0; chance < 1'000; ++chance) CHECK(wait(1, chance * 7'919) <= 100);
    CHECK(wait(1, std::numeric_limits<std::uint64_t>::max()) <= 100);
}

TEST_CASE("a journal's stream names its saga") {
    CHECK(manager_of("saga-fulfilment-o-1", all_sagas())->definition == &Fulfilment::definition());
    CHECK(manager_of("saga-cancellation-o-1", all_sagas())->definition == &Cancellation::definition());
    CHECK(manager_of("saga-fulfilmento-1", all_sagas()) == nullptr);
    CHECK(manager_of("order-fulfilment-1", all_sagas()) == nullptr);
    CHECK(manager_of("", all_sagas()) == nullptr);
    CHECK(stream_of(Fulfilment::definition(), OrderId{"o-1"}) == "saga-fulfilment-o-1");
}

}  // namespace
}  // namespace sillok::saga
