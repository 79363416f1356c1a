#include "tools/settled.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>

namespace sillok {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds patience{10};

struct Standing {
    std::uint64_t head = 0;
    bool at_rest = false;
    friend bool operator==(const Standing&, const Standing&) = default;
};

Standing standing_of(const ServerAddress& server) {
    const auto ready = exchange_once(server, {.method = Method::get, .target = "/readyz?verbose"}, patience);
    if (ready.status != 200) return {};
    const auto body = Json::parse(ready.body);
    const bool lags =
        std::ranges::any_of(body.at("projections"), [](const Json& model) { return model.at("lagEvents") > 0; });
    if (lags || body.at("sagas").at("outstanding") > 0) return {};
    const auto placed =
        exchange_once(server, {.method = Method::get, .target = "/v1/orders?state=placed&limit=1"}, patience);
    if (placed.status != 200 || !Json::parse(placed.body).at("items").empty()) return {};
    return {.head = body.at("log").at("head").get<std::uint64_t>(), .at_rest = true};
}

}  // namespace

bool wait_until_settled(const ServerAddress& server, std::chrono::seconds within) {
    const auto give_up = std::chrono::steady_clock::now() + within;
    Standing before;
    while (std::chrono::steady_clock::now() < give_up) {
        // Between an event and the saga's reaction nothing looks pending, so two equal reads are needed.
        const auto now = standing_of(server);
        if (now.at_rest && now == before) return true;
        before = now;
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return false;
}

}  // namespace sillok
