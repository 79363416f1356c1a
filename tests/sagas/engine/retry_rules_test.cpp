// The three rules for an attempt without a response, each in a table.
#include "sagas/engine/retry_rules.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

constexpr Step authorise{
    .name = "authorise", .forward = Act::authorise_payment, .deadline = 60s, .retry = {.attempts = 3}};

PendingIntent pending(std::uint32_t attempt, bool query, std::int64_t deadline = 100'000) {
    return {.step = {}, .command_id = {}, .attempt = attempt, .query = query, .deadline = Timestamp{deadline}};
}

DecisionContext at(std::int64_t now, std::optional<std::int64_t> unavailable_until = {}) {
    DecisionContext context{.now = Timestamp{now}};
    if (unavailable_until) context.unavailable_until = Timestamp{*unavailable_until};
    return context;
}

TEST_CASE("the deadline restarts when the breaker closes, and never comes earlier") {
    struct Row {
        std::int64_t deadline;
        std::optional<std::int64_t> unavailable_until;
        std::int64_t expected;
    };
    for (const auto& row : std::array<Row, 4>{{{100'000, std::nullopt, 100'000},
                                               {100'000, 30'000, 100'000},
                                               {100'000, 40'000, 100'000},
                                               {100'000, 40'001, 100'001}}}) {
        CAPTURE(row.expected);
        CHECK(effective_deadline(authorise, pending(1, false, row.deadline), at(50'000, row.unavailable_until)) ==
              Timestamp{row.expected});
    }
}

TEST_CASE("a command is queried after its last attempt or its deadline") {
    struct Row {
        std::uint32_t attempt;
        bool query;
        std::int64_t now;
        std::optional<std::int64_t> unavailable_until;
        bool expected;
    };
    const std::array<Row, 10> rows{{
        // attempt, query, now, unavailable until -> query
        {1, false, 50'000, std::nullopt, false},
        {2, false, 99'999, std::nullopt, false},
        {3, false, 50'000, std::nullopt, true},   // its last attempt
        {1, false, 100'000, std::nullopt, true},  // its deadline
        {1, true, 50'000, std::nullopt, true},    // a query is never followed by the command
        {3, false, 50'000, 50'000, false},        // the breaker is open
        {1, false, 100'000, 100'000, false},
        {1, true, 50'000, 50'000, true},
        {3, false, 50'001, 50'000, true},    // it has closed: attempts count again
        {1, false, 100'000, 99'999, false},  // it has closed: the deadline is a new one
    }};
    for (const auto& row : rows) {
        CAPTURE(row.attempt);
        CAPTURE(row.query);
        CAPTURE(row.now);
        CHECK(must_query(authorise, pending(row.attempt, row.query), at(row.now, row.unavailable_until)) ==
              row.expected);
    }
}

TEST_CASE("a saga is parked after a query that was one attempt too many, unless the breaker is open") {
    struct Row {
        std::uint32_t attempt;
        bool query;
        std::optional<std::int64_t> unavailable_until;
        bool expected;
    };
    for (const auto& row : std::array<Row, 6>{{{4, true, std::nullopt, true},
                                               {3, true, std::nullopt, false},
                                               {4, false, std::nullopt, false},
                                               {4, true, 50'000, false},
                                               {4, true, 49'999, true},
                                               {9, false, 50'000, false}}}) {
        CAPTURE(row.attempt);
        CAPTURE(row.query);
        CHECK(is_exhausted(authorise, pending(row.attempt, row.query), at(50'000, row.unavailable_until)) ==
              row.expected);
    }
}

}  // namespace
}  // namespace sillok::saga
