// Which handler responds to which request. The table is in routes.cpp; an endpoint is added there.
#pragma once

#include "api/handlers/backups.hpp"
#include "api/handlers/breakers.hpp"
#include "api/handlers/components.hpp"
#include "api/handlers/customers.hpp"
#include "api/handlers/deliveries.hpp"
#include "api/handlers/health.hpp"
#include "api/handlers/log_pages.hpp"
#include "api/handlers/orders.hpp"
#include "api/handlers/products.hpp"
#include "api/handlers/sagas.hpp"
#include "api/handlers/stocks.hpp"
#include "api/handlers/unreadable_events.hpp"
#include "api/handlers/webhooks.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"

#include <boost/beast/http/verb.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sillok::api {

// The handler objects, one per resource.
using Resources = std::tuple<Products, Stocks, Orders, Deliveries, Customers, LogPages, Health, Backups, Breakers,
                             Components, Sagas, Webhooks, UnreadableEvents>;
using Handler = ResponseTask (*)(Resources&, const Request&);

// Who may send the request. The payment provider is recognised by its signature only (webhooks.hpp).
enum class Scope : std::uint8_t { everyone, customer, seller, operators, provider };

// Heavy: what it reads and shows is not bounded by a few rows, so it is done beside the I/O threads (heavy_work.hpp).
enum class Work : std::uint8_t { light, heavy };

// Enough: the command begins something that grows the log, so it is refused while the disk is below its reserve.
enum class Room : std::uint8_t { any, enough };

struct Route {
    http::verb verb;
    std::string_view path;  // "/v1/orders/{id}": a segment in braces stands for one id
    Scope scope;
    Handler handler;
    std::string_view summary;
    std::string_view query{};  // the names of its query parameters, with a blank between two
    Work work = Work::light;
    Room room = Room::any;
};

// Whether the route has a query parameter of this name.
bool takes(const Route& route, std::string_view parameter);

std::span<const Route> routes();

// Which routes a listener serves. With a listener for administration, health and /v1/admin are served there alone,
// where no load on the public one keeps them waiting.
enum class Entrance : std::uint8_t { everything, public_only, admin_only };

// The route for a method and a path, which is split into decoded segments.
struct Match {
    const Route* route = nullptr;  // null: the path has no such method
    std::vector<std::string> ids;
    std::string allow;  // the methods of the path; empty if there is no such path
};
Match match(http::verb verb, std::span<const std::string> segments, Entrance entrance = Entrance::everything);

// Commands change state. All other requests are queries.
constexpr bool is_command(http::verb verb) {
    return verb == http::verb::post || verb == http::verb::patch || verb == http::verb::delete_ ||
           verb == http::verb::put;
}

}  // namespace sillok::api
