#include "api/handlers/webhooks.hpp"

#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"
#include "api/idempotency.hpp"
#include "eventstore/stream_name.hpp"
#include "sagas/payments/payment_notice.hpp"

#include <string>
#include <utility>

namespace sillok::api {

namespace {

Response response_of(const ProviderOperation& operation, const SagaNoticed& noticed) {
    const auto saga = id_of(noticed.stream);
    Json body{{"orderId", operation.order.value},
              {"saga", saga},
              {"effect", noticed.ignored.empty() ? "settled" : "ignored"}};
    if (!noticed.ignored.empty()) body["reason"] = noticed.ignored;
    body["_links"] = {{"order", link(href("/v1/orders/", operation.order.value))},
                      {"saga", link(href("/v1/admin/sagas/", saga))}};
    return json_response(200, body);
}

// The member of the body that does not match, and how.
FieldError error_of(saga::Mismatch mismatch) {
    switch (mismatch) {
        case saga::Mismatch::operation: return {"/data/operation", "the call with this key has another operation"};
        case saga::Mismatch::customer: return {"/data/customerId", "the payment belongs to another customer"};
        case saga::Mismatch::currency: return {"/data/amount/currency", "the payment has another currency"};
        case saga::Mismatch::amount: return {"/data/amount/amount", "the call had another amount"};
        case saga::Mismatch::reference: return {"/data/reference", "the payment was authorised with another reference"};
    }
    return {};
}

Problem problem_of(const NoticeError& error) {
    if (const auto* code = std::get_if<errc>(&error)) return api::problem_of(*code);
    if (const auto* mismatch = std::get_if<saga::Mismatch>(&error)) {
        Problem problem{problems::payment_differs};
        problem.errors.push_back(error_of(*mismatch));
        return problem;
    }
    switch (std::get<NoticeRefused>(error)) {
        case NoticeRefused::unknown:
            return api::problem_of(Rejection::payment_unknown, 404, "/data/key", "the order has no call with this key");
        case NoticeRefused::repeated: return Problem{problems::key_in_flight};
        case NoticeRefused::unreadable: break;
    }
    return Problem{problems::saga_unreadable};
}

ProblemKind kind_of(WebhookError error) {
    switch (error) {
        case WebhookError::incomplete: return problems::webhook_incomplete;
        case WebhookError::forged: return problems::webhook_forged;
        case WebhookError::too_old: return problems::webhook_too_old;
        case WebhookError::too_new: break;
    }
    return problems::webhook_too_new;
}

std::string detail_of(WebhookError error) {
    switch (error) {
        case WebhookError::incomplete: return "webhook-id, webhook-timestamp and webhook-signature are required";
        case WebhookError::forged: return "no v1 signature matches a known secret";
        default: return "webhook-timestamp must be within five minutes of the server's time";
    }
}

}  // namespace

std::optional<Problem> webhook_refused(const WebhookSecrets& secrets, const WireRequest& wire, Timestamp now) {
    if (secrets.empty()) return Problem{problems::webhooks_not_configured};
    const auto verified =
        verify_webhook(secrets, {wire.webhook_id, wire.webhook_timestamp, wire.webhook_signature}, wire.body, now);
    if (verified) return std::nullopt;
    Problem problem{kind_of(verified.error()), detail_of(verified.error())};
    if (problem.status == 401) problem.headers.emplace_back("WWW-Authenticate", "Webhook-Signature realm=\"payments\"");
    return problem;
}

ResponseTask Webhooks::payments(const Request& request) {
    const auto body = parse_json(request.body);
    if (!body) co_return std::unexpected(body.error());
    auto errors = body->repeated;
    const auto operation = parse_payment_notice(body->value);
    if (!operation) errors.push_back({operation.error().pointer, operation.error().what});
    if (!errors.empty()) {
        Problem problem{problems::invalid_body};
        problem.errors = std::move(errors);
        co_return std::unexpected(std::move(problem));
    }
    NoticeReceipt receipt = [&](const SagaNoticed& noticed) {
        return receipt_of(response_of(*operation, noticed), *request.remember);
    };
    SagaNotice notice{*operation, request.context(clock_).metadata};
    auto noticing = runtime_.notice(std::move(notice), std::move(receipt));
    const auto noticed = co_await std::move(noticing);
    if (!noticed) co_return std::unexpected(problem_of(noticed.error()));
    auto response = response_of(*operation, *noticed);
    response.position = noticed->position;
    response.is_kept = true;
    co_return response;
}

}  // namespace sillok::api
