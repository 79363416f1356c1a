#include "api/handlers/saga_json.hpp"

#include "eventstore/base/rfc3339.hpp"

namespace sillok::api {

namespace {

Json time_or_null(Timestamp time) { return time == Timestamp{} ? Json{} : Json(rfc3339(time)); }

Json json_of(const SagaMonitor::Step& step) {
    Json json{{"step", step.step},
              {"direction", text(step.direction)},
              {"commandId", step.command_id.text()},
              {"target", step.target},
              {"attempts", step.attempts},
              {"generation", step.generation},
              {"outcome", step.outcome ? Json(text(*step.outcome)) : Json{}}};
    if (!step.code.empty()) json["code"] = step.code;
    if (!step.detail.empty()) json["detail"] = step.detail;
    json["intendedAt"] = rfc3339(step.intended_at);
    json["settledAt"] = time_or_null(step.settled_at);
    json["deadline"] = time_or_null(step.deadline);
    json["retryAt"] = time_or_null(step.retry_at);
    return json;
}

Json json_of(const SagaMonitor::Intervention& intervention) {
    Json json{{"verb", text(intervention.verb)}, {"actor", intervention.actor}, {"reason", intervention.reason}};
    if (!intervention.step.empty()) json["step"] = intervention.step;
    if (!intervention.result.empty()) json["result"] = intervention.result;
    json["time"] = rfc3339(intervention.time);
    return json;
}

}  // namespace

Json json_of(const SagaMonitor::Row& row) {
    auto steps = Json::array();
    for (const auto& step : row.steps) steps.push_back(json_of(step));
    Json json{{"saga", row.saga},
              {"definition", row.definition},
              {"definitionVersion", row.definition_version},
              {"orderId", row.order.value},
              {"state", text(row.state)}};
    if (!row.reason.empty()) json["reason"] = row.reason;
    if (!row.parked_step.empty()) json["parkedStep"] = row.parked_step;
    if (!row.parked_reason.empty()) json["parkedReason"] = row.parked_reason;
    json["steps"] = std::move(steps);
    if (!row.interventions.empty()) {
        auto& interventions = json["interventions"] = Json::array();
        for (const auto& one : row.interventions) interventions.push_back(json_of(one));
    }
    json["ignored"] = row.ignored;
    json["nextDeadline"] = time_or_null(row.next_deadline);
    json["retryAt"] = time_or_null(row.retry_at);
    json["startedAt"] = rfc3339(row.started_at);
    json["updatedAt"] = rfc3339(row.updated_at);
    json["version"] = row.version.value;
    return json;
}

}  // namespace sillok::api
