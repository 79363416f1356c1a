#include "api/handlers/breakers.hpp"

#include "api/handlers/bare_command.hpp"
#include "api/http/json.hpp"
#include "api/http/paging.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <string_view>

namespace sillok::api {

namespace {

constexpr std::string_view payments = "payments";

// Whose calls wait, if not everybody's.
std::string_view words_for(const CallGroup& group) {
    if (group.customer && group.amount) return "one customer and amount";
    if (group.customer) return "one customer";
    return "one amount";
}

Json json_of(std::string_view name, const BreakerSnapshot& breaker) {
    Json json{{"name", name},
              {"state", text(breaker.state)},
              {"mode", text(breaker.mode)},
              {"failureRate", breaker.failure_rate},
              {"slowRate", breaker.slow_rate},
              {"calls", breaker.calls},
              {"opened", breaker.opened},
              {"retryAt", breaker.retry_at ? Json(rfc3339(*breaker.retry_at)) : Json{}}};
    if (breaker.only_for.any()) json["for"] = words_for(breaker.only_for);
    return json;
}

}  // namespace

ResponseTask Breakers::list(const Request& request) {
    auto items = Json::array();
    items.push_back(json_of(payments, sagas_.payments_breaker()));
    co_return page_response(request, items).with("Cache-Control", "no-store");
}

ResponseTask Breakers::set(const Request& request, BreakerMode mode) {
    if (request.ids[0] != payments)
        co_return std::unexpected(Problem{problems::breaker_unknown, "the only circuit breaker is \"payments\""});
    if (auto wrong = refuse_members_and_versions(request)) co_return std::unexpected(*std::move(wrong));
    sagas_.set_payments_breaker(mode);
    co_return json_response(200, json_of(payments, sagas_.payments_breaker()));
}

}  // namespace sillok::api
