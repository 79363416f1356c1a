#include "api/handlers/webhooks.hpp"

#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"
#include "api/idempotency.hpp"
#include "sagas/payments/payment_notice.hpp"

#include <string>
#include <utility>

namespace sillok::api {

namespace {

Response answer_of(const ProviderOperation& told, const SagaNoticed& noticed) {
    constexpr std::string_view journal = "saga-";
    const auto saga = noticed.stream.substr(journal.size());
    Json body{
        {"orderId", told.order.value}, {"saga", saga}, {"effect", noticed.ignored.empty() ? "settled" : "ignored"}};
    if (!noticed.ignored.empty()) body["reason"] = noticed.ignored;
    body["_links"] = {{"order", link(href("/v1/orders/", told.order.value))},
                      {"saga", link(href("/v1/admin/sagas/", saga))}};
    return json_answer(200, body);
}

// Where in the body stands what cannot be, and what of it.
FieldError error_of(saga::Mismatch mismatch) {
    switch (mismatch) {
        case saga::Mismatch::operation: return {"/data/operation", "the call with this key asked for another one"};
        case saga::Mismatch::customer: return {"/data/customerId", "the payment is another customer's"};
        case saga::Mismatch::currency: return {"/data/amount/currency", "the payment is in another currency"};
        case saga::Mismatch::amount: return {"/data/amount/amount", "the call was about another amount"};
        case saga::Mismatch::reference: return {"/data/reference", "the payment was authorised under another one"};
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
            return api::problem_of(Rejection::payment_unknown, 404, "/data/key",
                                   "no call with it was made for the order");
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
        case WebhookError::forged: return "no v1 signature in it was made with a secret that is known here";
        default: return "it counts for five minutes before and after its webhook-timestamp";
    }
}

}  // namespace

std::optional<Problem> webhook_refused(const WebhookSecrets& secrets, const WireRequest& wire, Timestamp now) {
    if (secrets.empty()) return Problem{problems::webhooks_not_configured};
    const auto verified =
        verify_webhook(secrets, {wire.webhook_id, wire.webhook_timestamp, wire.webhook_signature}, wire.body, now);
    if (verified) return std::nullopt;
    Problem problem{kind_of(verified.error()), detail_of(verified.error())};
    if (problem.status == 401) problem.challenge = "Webhook-Signature realm=\"payments\"";
    return problem;
}

ResponseTask Webhooks::payments(const Request& request) {
    const auto body = parse_json(request.body);
    if (!body) co_return std::unexpected(body.error());
    auto errors = body->repeated;
    const auto told = parse_payment_notice(body->value);
    if (!told) errors.push_back({told.error().pointer, told.error().what});
    if (!errors.empty()) {
        Problem problem{problems::invalid_body};
        problem.errors = std::move(errors);
        co_return std::unexpected(std::move(problem));
    }
    NoticeReceipt receipt = [&](const SagaNoticed& noticed) {
        return receipt_of(answer_of(*told, noticed), *request.remember);
    };
    SagaNotice notice{*told, request.context(clock_).metadata};
    auto noticing = runtime_.notice(std::move(notice), std::move(receipt));
    const auto noticed = co_await std::move(noticing);
    if (!noticed) co_return std::unexpected(problem_of(noticed.error()));
    auto answer = answer_of(*told, *noticed);
    answer.position = noticed->position;
    co_return answer;
}

}  // namespace sillok::api
