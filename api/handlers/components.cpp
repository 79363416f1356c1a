#include "api/handlers/components.hpp"

#include "api/http/json.hpp"
#include "api/http/paging.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_runtime.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sillok::api {

namespace {

constexpr std::string_view sagas_part = "sagas";
constexpr std::string_view projections_part = "projections";
constexpr std::string_view deliveries_part = "deliveries";

bool is_paused(const ReadModels& views) {
    return std::ranges::none_of(views.all(), [](const auto* model) { return model->status().running; });
}

Json part(std::string_view name, bool paused) { return {{"name", name}, {"paused", paused}}; }

}  // namespace

ResponseTask Components::list(const Request& request) {
    auto items = Json::array();
    items.push_back(part(sagas_part, sagas_.paused()));
    items.push_back(part(projections_part, is_paused(views_)));
    items.push_back(part(deliveries_part, deliveries_paused_));
    co_return page_answer(request, std::move(items), {}).with("Cache-Control", "no-store");
}

ResponseTask Components::set(const Request& request, bool paused) {
    const auto& name = request.ids[0];
    if (name == sagas_part) {
        paused ? sagas_.pause() : sagas_.resume();
    } else if (name == projections_part) {
        paused ? views_.pause() : views_.start();
    } else if (name == deliveries_part) {
        deliveries_paused_ = paused;
    } else {
        co_return std::unexpected(
            Problem{problems::part_unknown, "there are \"sagas\", \"projections\" and \"deliveries\""});
    }
    co_return json_answer(200, part(name, paused));
}

}  // namespace sillok::api
