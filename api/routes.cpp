// The whole HTTP surface on one screen.
#include "api/routes.hpp"

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

// clang-format off
constexpr Route table[] = {
    // Commands
    {post,    "/v1/products",                        seller,    to<&Products::register_product>,     "Register a product"},
    {patch,   "/v1/products/{id}",                   seller,    to<&Products::revise>,               "Change a product's name, price, description or kind"},
    {delete_, "/v1/products/{id}",                   seller,    to<&Products::discontinue>,          "Discontinue a product"},
    {post,    "/v1/products/{id}/stock-receipts",    seller,    to<&Stocks::receive>,                "Goods have come in"},
    {post,    "/v1/products/{id}/stock-adjustments", seller,    to<&Stocks::adjust>,                 "Correct the stock"},
    {post,    "/v1/orders",                          customer,  to<&Orders::place>,                  "Place an order"},
    {post,    "/v1/orders/{id}/cancellation",        customer,  to<&Orders::request_cancellation>,   "Cancel an order"},
    {post,    "/v1/deliveries/{id}/start",           seller,    to<&Deliveries::start>,              "The goods leave"},
    {post,    "/v1/deliveries/{id}/completion",      seller,    to<&Deliveries::complete>,           "The goods have arrived"},
    {post,    "/v1/deliveries/{id}/return",          seller,    to<&Deliveries::take_back>,          "The goods came back"},
    {post,    "/v1/customers",                       everyone,  to<&Customers::sign_up>,             "Sign up"},
    {post,    "/v1/webhooks/payments",               provider,  to<&Webhooks::payments>,             "The payment provider tells what came of a call"},

    // Queries
    {get,     "/v1/products",                        everyone,  to<&Products::list>,                 "Products for sale, ?search= by name"},
    {get,     "/v1/products/{id}",                   everyone,  to<&Products::show>,                 "One product with price and available stock"},
    {get,     "/v1/stock/{id}",                      seller,    to<&Stocks::show>,                   "One product's stock"},
    {get,     "/v1/orders",                          seller,    to<&Orders::list>,                   "Orders, newest first, ?customerId= ?state="},
    {get,     "/v1/orders/{id}",                     customer,  to<&Orders::show>,                   "One order, ?asOf= as it was then"},
    {get,     "/v1/orders/{id}/events",              customer,  to<&Orders::events>,                 "An order's audit trail"},
    {get,     "/v1/orders/{id}/saga",                seller,    to<&Orders::saga>,                   "An order's sagas, step by step"},
    {get,     "/v1/deliveries",                      seller,    to<&Deliveries::list>,               "Deliveries, oldest first, ?state="},
    {get,     "/v1/deliveries/{id}",                 customer,  to<&Deliveries::show>,               "One order's delivery"},
    {get,     "/v1/customers/{id}/orders",           customer,  to<&Orders::list_of_customer>,       "My page: a customer's orders, newest first"},
    {get,     "/v1/customers/{id}/notifications",    customer,  to<&Customers::notifications>,       "What a customer was told, newest first"},
    {get,     "/v1/events",                          operators, to<&LogPages::list>,                 "The log, ?after= ?category= ?type="},

    // Operations
    {get,     "/livez",                              everyone,  to<&Health::live>,                   "Is the process alive?"},
    {get,     "/readyz",                             everyone,  to<&Health::ready>,                  "Does it take requests? ?verbose"},

    {post,    "/v1/admin/backups",                   operators, to<&Backups::create>,                "Back the log up into a directory of the server"},

    {get,     "/v1/admin/sagas",                     operators, to<&Sagas::list>,                    "Sagas, newest first, ?state="},
    {get,     "/v1/admin/sagas/{id}",                operators, to<&Sagas::show>,                    "One saga, step by step"},
    {post,    "/v1/admin/sagas/{id}/retry",          operators, to<&Sagas::retry>,                   "Try the step again at which it stands"},
    {post,    "/v1/admin/sagas/{id}/skip",           operators, to<&Sagas::skip>,                    "Take the step as done, with this result"},
    {post,    "/v1/admin/sagas/{id}/compensate",     operators, to<&Sagas::compensate>,              "Undo what was done, and reject the order"},
    {post,    "/v1/admin/sagas/{id}/resume",         operators, to<&Sagas::resume>,                  "Go on where it stands"},
    {post,    "/v1/admin/sagas/{id}/annotate",       operators, to<&Sagas::annotate>,                "Leave a note"},
    {get,     "/v1/admin/breakers",                  operators, to<&Breakers::list>,                 "The circuit breakers before what is outside"},
    {post,    "/v1/admin/breakers/{id}/open",        operators, to<&Breakers::open>,                 "Make no calls until told otherwise"},
    {post,    "/v1/admin/breakers/{id}/close",       operators, to<&Breakers::close>,                "Make every call, whatever comes of it"},
    {post,    "/v1/admin/breakers/{id}/auto",        operators, to<&Breakers::leave_alone>,          "Leave a circuit breaker to itself again"},

    {get,     "/v1/admin/parts",                     operators, to<&Components::list>,                    "The parts that can stand still"},
    {post,    "/v1/admin/parts/{id}/pause",          operators, to<&Components::pause>,                   "Let a part stand still; orders are taken"},
    {post,    "/v1/admin/parts/{id}/resume",         operators, to<&Components::resume>,                  "Let it go on, and catch up"},

    // Here will stand
    //   authentication:  POST /oauth/token
    //   streams:         GET /v1/events/stream, GET /v1/orders/{id}/stream
    //   the contract:    GET /openapi.json, /docs
    //   measurements:    GET /metrics
    //   administration:  /v1/admin/projections, /snapshots
};
// clang-format on

constexpr bool is_id(std::string_view segment) { return segment.starts_with('{'); }

// Whether the pattern is this path; `ids` then holds what its braces stand for.
bool fits(std::string_view pattern, std::span<const std::string> segments, std::vector<std::string>& ids) {
    ids.clear();
    for (const auto& segment : segments) {
        if (pattern.empty()) return false;
        pattern.remove_prefix(1);  // its '/'
        const auto part = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(part.size());
        if (is_id(part) ? segment.empty() : part != segment) return false;
        if (is_id(part)) ids.push_back(segment);
    }
    return pattern.empty();
}

}  // namespace

std::span<const Route> routes() { return table; }

Match match(http::verb verb, std::span<const std::string> segments) {
    if (verb == http::verb::head) verb = http::verb::get;  // the same without its body
    Match result;
    std::vector<std::string> ids;
    for (const auto& route : table) {
        if (!fits(route.path, segments, ids)) continue;
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
