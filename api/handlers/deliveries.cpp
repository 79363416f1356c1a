#include "api/handlers/deliveries.hpp"

#include "api/handlers/bare_command.hpp"
#include "api/handlers/list_page.hpp"
#include "api/handlers/run_command.hpp"
#include "api/handlers/unreadable_row.hpp"
#include "api/http/header_values.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"
#include "api/http/paging.hpp"
#include "eventstore/base/rfc3339.hpp"

namespace sillok::api {

namespace {

using delivery::Delivery;
using Phase = Delivery::Phase;

Json links_of(const OrderId& id, Phase phase) {
    const auto self = href("/v1/deliveries/", id.value);
    Json links{{"self", link(self)}, {"order", link(href("/v1/orders/", id.value))}};
    if (phase == Phase::prepared) links["start"] = command_link(self + "/start", "POST");
    if (phase == Phase::started || phase == Phase::recalled)
        links["complete"] = command_link(self + "/completion", "POST");
    if (phase == Phase::started || phase == Phase::delivered || phase == Phase::recalled)
        links["return"] = command_link(self + "/return", "POST");
    return links;
}

Json json_of(const OrderId& id, const CustomerId& customer, Phase phase, const std::string& carrier,
             const std::string& tracking_number) {
    Json json{{"orderId", id.value}, {"customerId", customer.value}, {"state", text(phase)}};
    if (!carrier.empty()) json["carrier"] = carrier;
    if (!tracking_number.empty()) json["trackingNumber"] = tracking_number;
    return json;
}

Json json_of(const DeliveryStatus::Row& row) {
    auto json = json_of(row.order, row.customer, row.state, row.carrier, row.tracking_number);
    json["address"] = row.address;
    auto& history = json["history"] = Json::array();
    for (const auto& happening : row.history)
        history.push_back({{"type", happening.type}, {"time", rfc3339(happening.time)}});
    json["updatedAt"] = rfc3339(row.updated_at);
    json["_links"] = links_of(row.order, row.state);
    return json;
}

std::optional<Phase> parse_phase(std::string_view word) {
    for (const auto phase :
         {Phase::prepared, Phase::started, Phase::delivered, Phase::cancelled, Phase::returned, Phase::recalled})
        if (text(phase) == word) return phase;
    return std::nullopt;
}

}  // namespace

ResponseTask Deliveries::run(const Request& request, OrderId id, Delivery::Command command) {
    if (paused_) co_return std::unexpected(Problem{problems::part_paused, "deliveries are paused, try again later"});
    auto render = [&id](const Delivery::State& state, Version version) {
        auto body = json_of(id, state.customer, state.phase, state.carrier, state.tracking_number);
        body["_links"] = links_of(id, state.phase);
        return json_response(200, body).with("ETag", etag_of(version));
    };
    auto responding = run_command(deliveries_, request, request.context(clock_), id, std::move(command), render);
    co_return co_await std::move(responding);
}

ResponseTask Deliveries::start(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    delivery::command::Start command;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        command.carrier = body.optional_text("carrier", word_length).value_or("");
        command.tracking_number = body.optional_text("trackingNumber", word_length).value_or("");
    });
    if (wrong) co_return std::unexpected(*wrong);
    auto responding = run(request, *id, std::move(command));
    co_return co_await std::move(responding);
}

ResponseTask Deliveries::complete(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    if (const auto wrong = refuse_members(request)) co_return std::unexpected(*wrong);
    auto responding = run(request, *id, delivery::command::Complete{});
    co_return co_await std::move(responding);
}

ResponseTask Deliveries::record_return(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    if (const auto wrong = refuse_members(request)) co_return std::unexpected(*wrong);
    auto responding = run(request, *id, delivery::command::Return{});
    co_return co_await std::move(responding);
}

ResponseTask Deliveries::list(const Request& request) {
    auto selection = DeliveryStatus::all();
    if (const auto word = request.parameter("state")) {
        const auto state = parse_phase(*word);
        if (!state) co_return std::unexpected(invalid_parameter("state", "is not a state of a delivery"));
        selection = DeliveryStatus::in_state(*state);
    }
    auto listing = list_page(request, rows_, std::move(selection), freshness_, [this](const DeliveryStatus::Row& row) {
        return marked_if_behind(json_of(row), rows_, row.order.value);
    });
    co_return co_await std::move(listing);
}

ResponseTask Deliveries::show(const Request& request) {
    const auto id = id_from<OrderId>(request);
    if (!id) co_return std::unexpected(id.error());
    const auto seen = co_await freshness_.seen(request, rows_.seen());
    if (!seen) co_return std::unexpected(seen.error());

    const auto row = rows_.get(id->value);
    if (!row)
        co_return std::unexpected(
            missing_row(rows_, id->value, Problem{problems::not_found, "this order has no delivery"}));
    auto response =
        json_response(200, marked_if_behind(json_of(*row), rows_, id->value)).with("ETag", etag_of(row->version));
    freshness_.stamp(response, *seen);
    co_return response;
}

}  // namespace sillok::api
