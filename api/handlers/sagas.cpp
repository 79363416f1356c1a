#include "api/handlers/sagas.hpp"

#include "api/handlers/list_page.hpp"
#include "api/handlers/saga_json.hpp"
#include "api/http/header_values.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"
#include "api/http/paging.hpp"
#include "api/idempotency.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/engine/saga_state.hpp"

#include <array>
#include <string>
#include <utility>

namespace sillok::api {

namespace {

using saga::InterventionRefused;
using saga::OperatorAction;

constexpr std::string_view base = "/v1/admin/sagas/";
constexpr std::array verbs{OperatorAction::retry, OperatorAction::skip, OperatorAction::compensate,
                           OperatorAction::resume, OperatorAction::annotate};
constexpr Length reason_required{1, 1'000};

Json links_of(const SagaMonitor::Row& row) {
    const auto self = href(base, row.saga);
    Json links{{"self", link(self)},
               {"order", link(href("/v1/orders/", row.order.value))},
               {"annotate", command_link(self + "/annotate", "POST")}};
    if (row.state == SagaMonitor::State::parked)
        for (const auto verb : verbs)
            links[std::string{text(verb)}] = command_link(self + "/" + std::string{text(verb)}, "POST");
    if (row.state == SagaMonitor::State::parked && row.parked_reason == text(saga::Trouble::capture_refused))
        links["write-off"] = command_link(self + "/write-off", "POST");
    return links;
}

Json shown(const SagaMonitor::Row& row) {
    auto json = json_of(row);
    json["_links"] = links_of(row);
    return json;
}

Response response_of(const std::string& saga, const saga::event::Intervened& event, Version version) {
    Json body{{"saga", saga}, {"verb", text(event.verb)}, {"reason", event.reason}};
    if (!event.step.empty()) body["step"] = event.step;
    if (!event.result.empty()) body["result"] = event.result;
    body["_links"] = {{"self", link(href(base, saga))}};
    return json_response(200, body).with("ETag", etag_of(version));
}

ProblemKind kind_of(InterventionRefused why) {
    switch (why) {
        case InterventionRefused::unknown: return problems::saga_unknown;
        case InterventionRefused::ended: return problems::saga_ended;
        case InterventionRefused::under_way: return problems::saga_under_way;
        case InterventionRefused::no_such_step: return problems::saga_step_unknown;
        case InterventionRefused::another_step: return problems::saga_at_another_step;
        case InterventionRefused::at_no_step: return problems::saga_at_no_step;
        case InterventionRefused::past_the_pivot: return problems::saga_past_pivot;
        case InterventionRefused::not_refused: return problems::saga_capture_not_refused;
        case InterventionRefused::no_result: return problems::saga_result_missing;
        case InterventionRefused::unreadable: return problems::saga_unreadable;
    }
    return problems::internal;
}

Problem problem_of(const InterventionError& error) {
    if (const auto* code = std::get_if<errc>(&error)) return api::problem_of(*code);
    if (const auto* failed = std::get_if<PreconditionFailed>(&error)) return api::problem_of(CommandError{*failed});
    return Problem{kind_of(std::get<InterventionRefused>(error))};
}

}  // namespace

ResponseTask Sagas::list(const Request& request) {
    auto selection = SagaMonitor::all();
    if (const auto word = request.parameter("state")) {
        const auto state = parse_saga_state(*word);
        if (!state) co_return std::unexpected(invalid_parameter("state", "is not a state of a saga"));
        selection = SagaMonitor::in_state(*state);
    }
    auto listing = list_page(request, rows_, std::move(selection), freshness_,
                             [](const SagaMonitor::Row& row) { return shown(row); });
    co_return co_await std::move(listing);
}

ResponseTask Sagas::show(const Request& request) {
    const auto seen = co_await freshness_.seen(request, rows_.seen());
    if (!seen) co_return std::unexpected(seen.error());
    const auto row = rows_.get(request.ids[0]);
    if (!row) co_return std::unexpected(Problem{problems::saga_unknown});
    auto response = json_response(200, shown(*row)).with("ETag", etag_of(row->version));
    freshness_.stamp(response, *seen);
    co_return response;
}

ResponseTask Sagas::intervene(const Request& request, OperatorAction verb, std::string_view result) {
    const auto& saga = request.ids[0];
    SagaIntervention asked;
    asked.stream = saga::stream_of_journal(saga);
    asked.what.verb = verb;
    asked.what.result = result;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        asked.what.reason = body.text("reason", reason_required);
        asked.what.step = body.optional_text("step", word_length).value_or("");
        if (verb == OperatorAction::skip && result.empty())
            asked.what.result = body.optional_text("result", reason_length).value_or("");
    });
    if (wrong) co_return std::unexpected(*wrong);
    asked.metadata = request.context(clock_).metadata;
    asked.if_match = request.if_match;
    if (request.remember)
        asked.receipt = [&](const saga::event::Intervened& event, Version version) {
            return receipt_of(response_of(saga, event, version), *request.remember);
        };
    auto intervening = runtime_.intervene(std::move(asked));
    const auto intervened = co_await std::move(intervening);
    if (!intervened) co_return std::unexpected(problem_of(intervened.error()));
    auto response = response_of(saga, intervened->event, intervened->version);
    response.position = intervened->position;
    response.is_kept = true;
    co_return response;
}

ResponseTask Sagas::retry(const Request& request) { return intervene(request, OperatorAction::retry); }
ResponseTask Sagas::skip(const Request& request) { return intervene(request, OperatorAction::skip); }
ResponseTask Sagas::write_off(const Request& request) {
    return intervene(request, OperatorAction::skip, saga::written_off);
}
ResponseTask Sagas::compensate(const Request& request) { return intervene(request, OperatorAction::compensate); }
ResponseTask Sagas::resume(const Request& request) { return intervene(request, OperatorAction::resume); }
ResponseTask Sagas::annotate(const Request& request) { return intervene(request, OperatorAction::annotate); }

}  // namespace sillok::api
