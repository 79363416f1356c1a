#include "api/http/problem.hpp"

#include "aggregates/customer.hpp"
#include "aggregates/email_tag.hpp"
#include "api/handlers/money_json.hpp"
#include "api/http/echo.hpp"
#include "api/http/json.hpp"
#include "api/http/response.hpp"
#include "eventstore/base/overloaded.hpp"
#include "eventstore/stream_name.hpp"

#include <ranges>
#include <utility>

namespace sillok::api {

static_assert(problems::event_unreadable.code ==
              event_unreadable_code);  // written out there for the documentation's test

namespace {

// 404: the resource does not exist. 409: its state does not allow the command. 422: a business rule does not.
std::uint16_t status_of(Rejection::Reason rejection) {
    switch (rejection) {
        case Rejection::product_unknown:
        case Rejection::order_unknown:
        case Rejection::payment_unknown:
        case Rejection::customer_unknown:
        case Rejection::reservation_unknown: return 404;

        case Rejection::price_negative:
        case Rejection::insufficient_stock:
        case Rejection::negative_on_hand:
        case Rejection::stock_overflow:
        case Rejection::order_empty:
        case Rejection::currency_mismatch:
        case Rejection::amount_overflow:
        case Rejection::amount_exceeds_authorised:
        case Rejection::refund_exceeds_captured:
        case Rejection::amount_invalid:
        case Rejection::quantity_invalid: return 422;

        default: return 409;
    }
}

// Refused for what was sent alone.
bool is_lasting(Rejection::Reason rejection) {
    switch (rejection) {
        case Rejection::price_negative:
        case Rejection::order_empty:
        case Rejection::amount_invalid:
        case Rejection::quantity_invalid: return true;
        default: return false;
    }
}

Problem stale(Version actual) {
    Problem problem{problems::precondition_failed, "the resource is at version " + std::to_string(actual.value)};
    problem.decided = true;
    return problem;
}

// The conditions that commands have: an e-mail address is free, and a customer's id.
Problem taken_by_another(std::string_view offender) {
    if (category_of(offender) == customer::Customer::category) return problem_of(Rejection{Rejection::customer_exists});
    if (!offender.starts_with(customer::email_tag_prefix)) return Problem{problems::version_conflict};
    auto taken = problem_of(Rejection::email_taken, 409, "/email", "belongs to another customer");
    taken.decided = true;
    return taken;
}

std::string detail_of(const Problem& problem) {
    if (problem.errors.size() <= errors_listed_max) return problem.detail;
    const auto more =
        "there are more errors than the first " + std::to_string(errors_listed_max) + ", which are listed";
    return problem.detail.empty() ? more : problem.detail + "; " + more;
}

}  // namespace

Problem problem_of(Rejection::Reason why, std::uint16_t status, std::string pointer, std::string detail) {
    Problem problem{ProblemKind{status, code(why), sentence(why)}};
    problem.errors.push_back({std::move(pointer), std::move(detail)});
    return problem;
}

Problem problem_of(const Rejection& rejection) {
    Problem problem{ProblemKind{status_of(rejection.reason), code(rejection.reason), sentence(rejection.reason)}};
    problem.available = rejection.available;
    problem.decided = true;
    problem.lasting = is_lasting(rejection.reason);
    return problem;
}

Problem problem_of(errc error) {
    switch (error) {
        case errc::overloaded: return Problem{problems::overloaded, "try again later"};
        case errc::log_unavailable:
            return Problem{problems::log_unavailable, "a disk write failed; queries still work"};
        case errc::closed: return Problem{problems::log_unavailable, "the server is stopping"};
        case errc::version_conflict: return Problem{problems::version_conflict};
        case errc::event_too_large:
        case errc::commit_too_large:
            return Problem{problems::body_too_large, "the events of this command exceed the limits of the log"};
        default: return Problem{problems::internal, std::string{name(error)}};
    }
}

// Not kept under an idempotency key: a newer program decides otherwise.
Problem problem_of(const UnreadableEvent& event) {
    return Problem{
        problems::event_unreadable,
        text(event) + ". Nothing can be decided or shown beyond it. Run a Sillok that knows this event, or skip it"};
}

Problem problem_of(const CommandError& error) {
    return std::visit(Overloaded{
                          [](const Rejection& rejection) { return problem_of(rejection); },
                          [](const PreconditionFailed& failed) { return stale(failed.actual); },
                          [](const ConditionFailed& failed) { return taken_by_another(failed.offender); },
                          [](const AppendError& append) { return problem_of(append.code); },
                          [](const UnreadableEvent& event) { return problem_of(event); },
                      },
                      error);
}

Response response_of(const Problem& problem, const Occurrence& occurrence) {
    Json document{{"type", "/docs/problems/" + problem.code}, {"title", problem.title}, {"status", problem.status}};
    if (auto detail = detail_of(problem); !detail.empty()) document["detail"] = std::move(detail);
    document["instance"] = occurrence.instance;
    document["code"] = problem.code;
    if (problem.available) document["available"] = *problem.available;
    if (!problem.errors.empty()) {
        auto& errors = document["errors"] = Json::array();
        for (const auto& error : problem.errors | std::views::take(errors_listed_max)) {
            auto& one = errors.emplace_back(
                Json{{"pointer", echoed(error.pointer, pointer_bytes_max)}, {"detail", error.detail}});
            if (error.expected) one["expected"] = json_of(*error.expected);
            if (error.actual) one["actual"] = json_of(*error.actual);
        }
    }
    document["traceId"] = occurrence.trace_id;

    Response response{.status = problem.status,
                      .content_type = std::string{content_type::problem},
                      .body = text_of(document),
                      .headers = problem.headers,
                      .problem = problem.code};
    if (problem.status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
}

}  // namespace sillok::api
