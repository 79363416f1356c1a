#include "api/handlers/components.hpp"

#include "api/handlers/bare_command.hpp"
#include "api/http/json.hpp"
#include "api/http/paging.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_runtime.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sillok::api {

namespace {

constexpr std::string_view sagas = "sagas";
constexpr std::string_view projections = "projections";
constexpr std::string_view deliveries = "deliveries";

bool is_paused(const ReadModels& views) {
    return std::ranges::none_of(views.all(), [](const auto* model) { return model->status().running; });
}

Json json_of(std::string_view name, bool paused) { return {{"name", name}, {"paused", paused}}; }

}  // namespace

ResponseTask Components::list(const Request& request) {
    auto items = Json::array();
    items.push_back(json_of(sagas, sagas_.paused()));
    items.push_back(json_of(projections, is_paused(views_)));
    items.push_back(json_of(deliveries, deliveries_paused_));
    co_return page_response(request, items).with("Cache-Control", "no-store");
}

ResponseTask Components::set(const Request& request, bool paused) {
    const auto& name = request.ids[0];
    if (auto wrong = refuse_members_and_versions(request)) co_return std::unexpected(*std::move(wrong));
    if (name == sagas) {
        paused ? sagas_.pause() : sagas_.resume();
    } else if (name == projections) {
        paused ? views_.pause() : views_.start();
    } else if (name == deliveries) {
        deliveries_paused_ = paused;
    } else {
        co_return std::unexpected(
            Problem{problems::part_unknown, "the components are \"sagas\", \"projections\" and \"deliveries\""});
    }
    co_return json_response(200, json_of(name, paused));
}

}  // namespace sillok::api
