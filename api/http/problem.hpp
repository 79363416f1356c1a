// What is wrong with a request, as RFC 9457 tells it. Handlers return problems; nothing else in the program
// knows a status code for an error: problem_of() gives every expected error of the layers below its place in
// HTTP, response_of() makes the document.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/rejection.hpp"
#include "eventstore/errc.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::api {

struct Response;

// A kind of problem: `code` is stable, and the last part of `type` (/docs/problems/{code}).
struct ProblemKind {
    std::uint16_t status;
    std::string_view code;
    std::string_view title;
};

namespace problems {
constexpr ProblemKind malformed_request{400, "malformed-request", "The request is not HTTP as it should be"};
constexpr ProblemKind malformed_json{400, "malformed-json", "The body is not JSON"};
constexpr ProblemKind invalid_body{400, "invalid-body", "The body does not have the form that is expected here"};
constexpr ProblemKind invalid_parameter{400, "invalid-parameter", "A query parameter is not valid"};
constexpr ProblemKind invalid_header{400, "invalid-header", "A header is not valid"};
constexpr ProblemKind backups_not_allowed{403, "backups-not-allowed", "This server writes no backups"};
constexpr ProblemKind webhook_incomplete{400, "webhook-incomplete", "The message is not signed as it must be"};
constexpr ProblemKind webhook_forged{401, "webhook-forged", "The message's signature is wrong"};
constexpr ProblemKind webhook_too_old{401, "webhook-too-old", "The message was signed too long ago"};
constexpr ProblemKind webhook_too_new{401, "webhook-too-new", "The message was signed in the future"};
constexpr ProblemKind webhooks_not_configured{404, "webhooks-not-configured", "This server knows no webhook secret"};
constexpr ProblemKind payment_differs{422, "payment-differs", "The payment is another one here"};
constexpr ProblemKind not_found{404, "not-found", "There is nothing here"};
constexpr ProblemKind part_unknown{404, "part-unknown", "There is no part of that name"};
constexpr ProblemKind part_paused{503, "part-paused", "This part of the shop has been stopped for a while"};
constexpr ProblemKind breaker_unknown{404, "breaker-unknown", "There is no circuit breaker of that name"};
constexpr ProblemKind method_not_allowed{405, "method-not-allowed", "This resource does not know that method"};
constexpr ProblemKind request_timeout{408, "request-timeout", "The request did not arrive in time"};
constexpr ProblemKind key_in_flight{409, "idempotency-key-in-flight",
                                    "A request with this idempotency key is being answered"};
constexpr ProblemKind saga_unknown{404, "saga-unknown", "There is no such saga"};
constexpr ProblemKind saga_ended{409, "saga-ended", "The saga has ended"};
constexpr ProblemKind saga_under_way{409, "saga-under-way", "The saga does not stand still"};
constexpr ProblemKind saga_at_another_step{409, "saga-at-another-step", "The saga stands at another step"};
constexpr ProblemKind saga_at_no_step{409, "saga-at-no-step", "The saga stands at no step"};
constexpr ProblemKind saga_past_pivot{409, "saga-past-pivot", "The saga can only go forward"};
constexpr ProblemKind saga_step_unknown{422, "saga-step-unknown", "The saga has no step of that name"};
constexpr ProblemKind saga_result_missing{422, "saga-result-missing", "A step is not skipped without a result"};
constexpr ProblemKind saga_unreadable{500, "saga-unreadable", "The saga's journal cannot be read"};
constexpr ProblemKind backup_in_progress{409, "backup-in-progress", "A backup is being made"};
constexpr ProblemKind version_conflict{409, "version-conflict", "Somebody else was faster"};
constexpr ProblemKind precondition_failed{412, "precondition-failed", "If-Match does not hold"};
constexpr ProblemKind body_too_large{413, "body-too-large", "The body is too large"};
constexpr ProblemKind unsupported_media_type{415, "unsupported-media-type", "Only application/json is understood"};
constexpr ProblemKind key_reused{422, "idempotency-key-reused", "This idempotency key belongs to another request"};
constexpr ProblemKind headers_too_large{431, "headers-too-large", "The headers are too large"};
constexpr ProblemKind internal{500, "internal", "Something is broken here"};
constexpr ProblemKind backup_failed{500, "backup-failed", "The backup could not be made"};
constexpr ProblemKind not_yet_visible{503, "not-yet-visible", "The read model has not seen that position yet"};
constexpr ProblemKind log_unavailable{503, "log-unavailable", "The log takes no commands"};
constexpr ProblemKind overloaded{503, "overloaded", "Too much waits for the disk"};
constexpr ProblemKind sagas_behind{503, "sagas-behind", "Orders come faster than they can be carried out"};
}  // namespace problems

// One thing wrong with a body: where (a JSON Pointer, "" for the whole of it) and what.
struct FieldError {
    std::string pointer;
    std::string detail;
    friend bool operator==(const FieldError&, const FieldError&) = default;
};

struct Problem {
    std::uint16_t status;
    std::string code;
    std::string title;
    std::string detail{};
    std::vector<FieldError> errors{};
    std::optional<std::int64_t> available{};  // of insufficient-stock
    std::string allow{};                      // of 405: the methods
    std::string challenge{};                  // of 401: what is missing (WWW-Authenticate)
    bool decided = false;                     // found out by looking at state: remembered with an idempotency key

    explicit Problem(const ProblemKind& kind, std::string what = {})
        : status(kind.status), code(kind.code), title(kind.title), detail(std::move(what)) {}
};

// A business rule says no. `pointer` says which part of the body it is about, where that is known.
Problem problem_of(const Rejection& rejection);
Problem problem_of(Rejection::Reason why, std::uint16_t status, std::string pointer, std::string detail);
Problem problem_of(errc code);
Problem problem_of(const CommandError& error);

// Where a problem occurred: the path asked for, and the trace to look for in logs and events.
struct Occurrence {
    std::string_view instance;
    std::string_view trace_id;
};

// The application/problem+json document with its headers (Allow, WWW-Authenticate, Retry-After).
Response response_of(const Problem& problem, const Occurrence& occurrence);

}  // namespace sillok::api
