#include "api/handlers/health.hpp"

#include "api/handlers/upkeep_json.hpp"
#include "api/http/json.hpp"

namespace sillok::api {

namespace {

Response response_with(std::uint16_t status, const Json& body) {
    return json_response(status, body).with("Cache-Control", "no-store");
}

Json json_of(const ReadModelStatus& model) {
    Json json{{"name", model.name},
              {"version", model.version},
              {"running", model.running},
              {"position", model.consumed.position.value},
              {"lagEvents", model.lag_events},
              {"parkedKeys", model.parked_keys}};
    if (!model.failure.empty()) json["failure"] = model.failure;
    return json;
}

Json json_of(const DiskWatch& disk) {
    const auto room = disk.least().room;
    return {{"freeBytes", room.free_bytes},
            {"totalBytes", room.total_bytes},
            {"reserveBytes", disk.reserve_bytes()},
            {"low", disk.is_low()}};
}

}  // namespace

ResponseTask Health::live(const Request&) { co_return response_with(200, {{"status", "alive"}}); }

ResponseTask Health::ready(const Request& request) {
    const bool log_accepts = store_.accepting();
    const bool sagas_run = sagas_.running();
    bool views_run = true;
    bool views_caught_up = true;
    auto projections = Json::array();
    for (const auto* model : views_.all()) {
        const auto status = model->status();
        views_run = views_run && status.running;
        views_caught_up = views_caught_up && status.consumed.position >= head_at_start_;
        projections.push_back(json_of(status));
    }
    const bool ready = log_accepts && sagas_run && views_run && views_caught_up;
    Json body{{"status", ready ? "ready" : "not ready"}};
    if (request.parameter("verbose")) {
        const auto counts = sagas_.counts();
        body["log"] = {{"accepting", log_accepts},
                       {"head", store_.head().value},
                       {"logId", store_.identity().log_id.text()},
                       {"epoch", store_.identity().epoch().value}};
        if (const auto failure = store_.failure()) body["log"]["failure"] = *failure;
        if (disk_ != nullptr) body["disk"] = json_of(*disk_);
        body["sagas"] = {{"running", sagas_run},
                         {"paused", sagas_.paused()},
                         {"live", counts.live},
                         {"outstanding", counts.outstanding},
                         {"parked", counts.parked}};
        body["projections"] = std::move(projections);
        body["backups"] = backups_json(upkeep_);
        body["scrub"] = scrub_json(upkeep_);
    }
    co_return response_with(ready ? 200 : 503, body);
}

}  // namespace sillok::api
