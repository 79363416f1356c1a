// Problems with a request, as RFC 9457 describes them. Handlers return problems. problem_of() is the only place that
// gives an error of the lower layers its HTTP status; response_of() makes the document.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/rejection.hpp"
#include "aggregates/unreadable_event.hpp"
#include "aggregates/values.hpp"
#include "eventstore/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
constexpr ProblemKind malformed_request{400, "malformed-request", "Malformed HTTP request"};
constexpr ProblemKind malformed_json{400, "malformed-json", "Malformed JSON"};
constexpr ProblemKind invalid_body{400, "invalid-body", "Invalid request body"};
constexpr ProblemKind invalid_parameter{400, "invalid-parameter", "Invalid query parameter"};
constexpr ProblemKind invalid_header{400, "invalid-header", "Invalid header"};
constexpr ProblemKind backups_not_allowed{403, "backups-not-allowed", "Backups are not enabled"};
constexpr ProblemKind webhook_incomplete{400, "webhook-incomplete", "Webhook signature headers are missing"};
constexpr ProblemKind webhook_forged{401, "webhook-forged", "Invalid webhook signature"};
constexpr ProblemKind webhook_too_old{401, "webhook-too-old", "Webhook timestamp is too old"};
constexpr ProblemKind webhook_too_new{401, "webhook-too-new", "Webhook timestamp is in the future"};
constexpr ProblemKind webhooks_not_configured{404, "webhooks-not-configured", "Webhooks are not configured"};
constexpr ProblemKind payment_differs{422, "payment-differs", "Payment does not match"};
constexpr ProblemKind not_found{404, "not-found", "Not found"};
constexpr ProblemKind part_unknown{404, "part-unknown", "Component not found"};
constexpr ProblemKind part_paused{503, "part-paused", "Component is paused"};
constexpr ProblemKind breaker_unknown{404, "breaker-unknown", "Circuit breaker not found"};
constexpr ProblemKind method_not_allowed{405, "method-not-allowed", "Method not allowed"};
constexpr ProblemKind request_timeout{408, "request-timeout", "Request timed out"};
constexpr ProblemKind key_in_flight{409, "idempotency-key-in-flight",
                                    "A request with this idempotency key is in progress"};
constexpr ProblemKind saga_unknown{404, "saga-unknown", "Saga not found"};
constexpr ProblemKind saga_ended{409, "saga-ended", "Saga has ended"};
constexpr ProblemKind saga_under_way{409, "saga-under-way", "Saga is running"};
constexpr ProblemKind saga_at_another_step{409, "saga-at-another-step", "Saga is at another step"};
constexpr ProblemKind saga_at_no_step{409, "saga-at-no-step", "Saga is at no step"};
constexpr ProblemKind saga_past_pivot{409, "saga-past-pivot", "Saga is past its pivot"};
constexpr ProblemKind saga_capture_not_refused{409, "saga-capture-not-refused", "No capture of this saga was refused"};
constexpr ProblemKind saga_step_unknown{422, "saga-step-unknown", "Saga has no such step"};
constexpr ProblemKind saga_result_missing{422, "saga-result-missing", "Skipping this step needs a result"};
constexpr ProblemKind saga_unreadable{500, "saga-unreadable", "Saga journal cannot be read"};
constexpr ProblemKind event_unreadable{409, "event-unreadable", "An event cannot be read"};
constexpr ProblemKind event_unknown{404, "event-unknown", "The stream has no event at this position"};
constexpr ProblemKind event_readable{409, "event-readable", "The event can be read"};
constexpr ProblemKind event_not_skippable{409, "event-not-skippable", "Only events of aggregates can be skipped"};
constexpr ProblemKind backup_in_progress{409, "backup-in-progress", "Another backup is in progress"};
constexpr ProblemKind backup_of_another_log{409, "backup-of-another-log", "The directory has backups of another log"};
constexpr ProblemKind price_changed{409, "price-changed", "Price has changed"};
constexpr ProblemKind position_unknown{409, "position-unknown", "Position is not in this log"};
constexpr ProblemKind version_conflict{409, "version-conflict", "Version conflict"};
constexpr ProblemKind precondition_failed{412, "precondition-failed", "Precondition failed"};
constexpr ProblemKind body_too_large{413, "body-too-large", "Request body too large"};
constexpr ProblemKind target_too_long{414, "target-too-long", "Request target too long"};
constexpr ProblemKind unsupported_media_type{415, "unsupported-media-type", "Content-Type must be application/json"};
constexpr ProblemKind unsupported_content_coding{415, "unsupported-content-coding",
                                                 "Content-Encoding is not supported"};
constexpr ProblemKind expectation_failed{417, "expectation-failed", "Expectation cannot be met"};
constexpr ProblemKind key_reused{422, "idempotency-key-reused", "Idempotency key was used for another request"};
constexpr ProblemKind headers_too_large{431, "headers-too-large", "Request headers too large"};
constexpr ProblemKind internal{500, "internal", "Internal server error"};
constexpr ProblemKind not_implemented{501, "not-implemented", "Not implemented"};
constexpr ProblemKind backup_failed{500, "backup-failed", "Backup failed"};
constexpr ProblemKind not_yet_visible{503, "not-yet-visible", "Position is not visible yet"};
constexpr ProblemKind log_unavailable{503, "log-unavailable", "Log accepts no commands"};
constexpr ProblemKind disk_low{503, "disk-low", "Too little room on the server's disk"};
constexpr ProblemKind overloaded{503, "overloaded", "Server overloaded"};
constexpr ProblemKind sagas_behind{503, "sagas-behind", "Order processing is behind"};
}  // namespace problems

// How many errors a document lists, and how long a pointer of them may be.
constexpr std::size_t errors_listed_max = 64;
constexpr std::size_t pointer_bytes_max = 256;

// One error in a body: where (a JSON Pointer, "" for the whole body) and what.
struct FieldError {
    std::string pointer;
    std::string detail;
    std::optional<Money> expected{};  // for price-changed: what the request expects ...
    std::optional<Money> actual{};    // ... and what it is
    friend bool operator==(const FieldError&, const FieldError&) = default;
};

struct Problem {
    std::uint16_t status;
    std::string code;
    std::string title;
    std::string detail{};
    std::vector<FieldError> errors{};         // the document has the first errors_listed_max
    std::optional<std::int64_t> available{};  // for insufficient-stock
    // Header fields that belong to the status: Allow with 405, WWW-Authenticate with 401.
    std::vector<std::pair<std::string, std::string>> headers{};
    bool decided = false;  // depends on state, so the response says on which position
    bool lasting = false;  // no later state would lift it: kept under the idempotency key (idempotency.hpp)

    explicit Problem(const ProblemKind& kind, std::string what = {})
        : status(kind.status), code(kind.code), title(kind.title), detail(std::move(what)) {}
};

// A violated business rule; with `pointer` to the member of the body, if it is known.
Problem problem_of(const Rejection& rejection);
Problem problem_of(Rejection::Reason why, std::uint16_t status, std::string pointer, std::string detail);
Problem problem_of(errc code);
Problem problem_of(const UnreadableEvent& event);
Problem problem_of(const CommandError& error);

// Where a problem occurred: the requested path, and the trace id to search for in logs and events.
struct Occurrence {
    std::string_view instance;
    std::string_view trace_id;
};

// The application/problem+json document with its headers (Allow, WWW-Authenticate, Retry-After).
Response response_of(const Problem& problem, const Occurrence& occurrence);

}  // namespace sillok::api
