// Which handler answers which request. The table itself is in routes.cpp.
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

// Whoever has handlers.
using Resources = std::tuple<Products, Stocks, Orders, Deliveries, Customers, LogPages, Health, Backups, Breakers,
                             Components, Sagas, Webhooks>;
using Handler = ResponseTask (*)(Resources&, const Request&);

// Who may ask. The payment provider shows by its signature that it is (webhooks.hpp), and by nothing else.
enum class Scope : std::uint8_t { everyone, customer, seller, operators, provider };

struct Route {
    http::verb verb;
    std::string_view path;  // "/v1/orders/{id}": a segment in braces stands for one id
    Scope scope;
    Handler handler;
    std::string_view summary;
};

std::span<const Route> routes();

// What the table says to a method and a path, split into decoded segments.
struct Match {
    const Route* route = nullptr;  // null: nothing answers this method there
    std::vector<std::string> ids;
    std::string allow;  // the methods of that path; empty: there is no such path
};
Match match(http::verb verb, std::span<const std::string> segments);

// Commands change something; the others only ask.
constexpr bool is_command(http::verb verb) {
    return verb == http::verb::post || verb == http::verb::patch || verb == http::verb::delete_ ||
           verb == http::verb::put;
}

}  // namespace sillok::api
