// All routes of the HTTP API.
#include "api/routes.hpp"

#include <algorithm>

namespace sillok::api {

namespace {

template <class Resource>
Resource resource_of(ResponseTask (Resource::*)(const Request&));

template <auto handler>
ResponseTask to(Resources& resources, const Request& request) {
    return (std::get<decltype(resource_of(handler))>(resources).*handler)(request);
}

using enum http::verb;
using enum Scope;
using enum Work;
using enum Room;

// clang-format off
constexpr Route table[] = {
    // Commands
    {post,    "/v1/products",                        seller,    to<&Products::register_product>,   "Register a product"},
    {patch,   "/v1/products/{id}",                   seller,    to<&Products::revise>,             "Change a product's name, price, description or kind"},
    {delete_, "/v1/products/{id}",                   seller,    to<&Products::discontinue>,        "Discontinue a product"},
    {post,    "/v1/products/{id}/stock-receipts",    seller,    to<&Stocks::receive>,              "Receive goods into stock"},
    {post,    "/v1/products/{id}/stock-adjustments", seller,    to<&Stocks::adjust>,               "Correct the stock"},
    {post,    "/v1/orders",                          customer, to<&Orders::place>, "Place an order", "", light, enough},
    {post,    "/v1/orders/{id}/cancellation",        customer,  to<&Orders::request_cancellation>, "Cancel an order"},
    {post,    "/v1/deliveries/{id}/start",           seller,    to<&Deliveries::start>,            "Start a delivery"},
    {post,    "/v1/deliveries/{id}/completion",      seller,    to<&Deliveries::complete>,         "Complete a delivery"},
    {post,    "/v1/deliveries/{id}/return",          seller,    to<&Deliveries::record_return>,    "Record returned goods"},
    {post,    "/v1/customers",                       everyone,  to<&Customers::sign_up>,           "Sign up a customer", "", light, enough},
    {post,    "/v1/webhooks/payments",               provider,  to<&Webhooks::payments>,           "Receive a payment provider's message"},

    // Queries
    {get,     "/v1/products",                        everyone,  to<&Products::list>,               "List products for sale, ?search= by name", "search cursor limit"},
    {get,     "/v1/products/{id}",                   everyone,  to<&Products::show>,               "Show a product with its price and available stock"},
    {get,     "/v1/stock/{id}",                      seller,    to<&Stocks::show>,                 "Show a product's stock"},
    {get,     "/v1/orders",                          seller,    to<&Orders::list>,                 "List orders, newest first, ?customerId= ?state=", "customerId state cursor limit"},
    {get,     "/v1/orders/{id}",                     customer,  to<&Orders::show>,                 "Show an order, ?asOf= at a past position or time", "asOf epoch"},
    {get,     "/v1/orders/{id}/events",              customer,  to<&Orders::events>,               "List an order's events", "cursor limit", heavy},
    {get,     "/v1/orders/{id}/saga",                seller,    to<&Orders::saga>,                 "Show an order's sagas, step by step", "", heavy},
    {get,     "/v1/deliveries",                      seller,    to<&Deliveries::list>,             "List deliveries, oldest first, ?state=", "state cursor limit"},
    {get,     "/v1/deliveries/{id}",                 customer,  to<&Deliveries::show>,             "Show an order's delivery"},
    {get,     "/v1/customers/{id}/orders",           customer,  to<&Orders::list_of_customer>,     "List a customer's orders, newest first", "cursor limit"},
    {get,     "/v1/customers/{id}/notifications",    customer,  to<&Customers::notifications>,     "List a customer's notifications, newest first", "cursor limit"},
    {get,     "/v1/events",                          operators, to<&LogPages::list>,               "List the log's events, ?after= ?category= ?type=", "after epoch category type cursor limit", heavy},

    // Operations
    {get,     "/livez",                              everyone,  to<&Health::live>,                 "Liveness check"},
    {get,     "/readyz",                             everyone,  to<&Health::ready>,                "Readiness check, ?verbose", "verbose"},

    {post,    "/v1/admin/backups",                   operators, to<&Backups::create>,              "Back up the log to a directory on the server"},

    {get,     "/v1/admin/sagas",                     operators, to<&Sagas::list>,                  "List sagas, newest first, ?state=", "state cursor limit", heavy},
    {get,     "/v1/admin/sagas/{id}",                operators, to<&Sagas::show>,                  "Show a saga, step by step", "", heavy},
    {post,    "/v1/admin/sagas/{id}/retry",          operators, to<&Sagas::retry>,                 "Retry the saga's current step"},
    {post,    "/v1/admin/sagas/{id}/skip",           operators, to<&Sagas::skip>,                  "Skip the saga's current step, with a given result"},
    {post,    "/v1/admin/sagas/{id}/write-off",      operators, to<&Sagas::write_off>,             "Write off payment"},
    {post,    "/v1/admin/sagas/{id}/compensate",     operators, to<&Sagas::compensate>,            "Undo the saga's steps and reject the order"},
    {post,    "/v1/admin/sagas/{id}/resume",         operators, to<&Sagas::resume>,                "Resume a parked saga"},
    {post,    "/v1/admin/sagas/{id}/annotate",       operators, to<&Sagas::annotate>,              "Add a note to a saga"},
    {post,    "/v1/admin/events/{id}/skip",          operators, to<&UnreadableEvents::skip>,       "Skip an event"},
    {get,     "/v1/admin/breakers",                  operators, to<&Breakers::list>,               "List the circuit breakers"},
    {post,    "/v1/admin/breakers/{id}/open",        operators, to<&Breakers::open>,               "Open a breaker: no calls are made"},
    {post,    "/v1/admin/breakers/{id}/close",       operators, to<&Breakers::close>,              "Close a breaker: every call is made"},
    {post,    "/v1/admin/breakers/{id}/auto",        operators, to<&Breakers::set_automatic>,      "Return a breaker to automatic"},

    {get,     "/v1/admin/parts",                     operators, to<&Components::list>,             "List the components that can be paused"},
    {post,    "/v1/admin/parts/{id}/pause",          operators, to<&Components::pause>,            "Pause a component (orders are still accepted)"},
    {post,    "/v1/admin/parts/{id}/resume",         operators, to<&Components::resume>,           "Resume a component"},

};
// clang-format on

constexpr bool is_id(std::string_view segment) { return segment.starts_with('{'); }

// Whether the path matches the pattern. `ids` then holds the segments that match its braces.
bool fits(std::string_view pattern, std::span<const std::string> segments, std::vector<std::string>& ids) {
    ids.clear();
    for (const auto& segment : segments) {
        if (pattern.empty()) return false;
        pattern.remove_prefix(1);  // the '/'
        const auto part = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(part.size());
        if (is_id(part) ? segment.empty() : part != segment) return false;
        if (is_id(part)) ids.push_back(segment);
    }
    return pattern.empty();
}

bool is_served(const Route& route, Entrance entrance) {
    if (entrance == Entrance::everything) return true;
    const bool is_health = route.path == "/livez" || route.path == "/readyz";
    const bool is_admin = is_health || route.path.starts_with("/v1/admin/");
    return is_admin == (entrance == Entrance::admin_only);
}

}  // namespace

std::span<const Route> routes() { return table; }

bool takes(const Route& route, std::string_view parameter) {
    auto rest = route.query;
    while (!rest.empty()) {
        const auto name = rest.substr(0, rest.find(' '));
        if (name == parameter) return true;
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
    return false;
}

Match match(http::verb verb, std::span<const std::string> segments, Entrance entrance) {
    if (verb == http::verb::head) verb = http::verb::get;  // the response has no body then
    Match result;
    std::vector<std::string> ids;
    for (const auto& route : table) {
        if (!is_served(route, entrance) || !fits(route.path, segments, ids)) continue;
        if (!result.allow.empty()) result.allow += ", ";
        const auto method = http::to_string(route.verb);
        result.allow.append(method.data(), method.size());
        if (route.verb == http::verb::get) result.allow += ", HEAD";
        if (route.verb != verb) continue;
        result.route = &route;
        result.ids = ids;
    }
    if (!result.allow.empty()) result.allow += ", OPTIONS";
    return result;
}

}  // namespace sillok::api
