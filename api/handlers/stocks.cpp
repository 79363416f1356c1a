#include "api/handlers/stocks.hpp"

#include "api/handlers/money_json.hpp"
#include "api/handlers/run_command.hpp"
#include "api/handlers/unreadable_row.hpp"
#include "api/http/header_values.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"

namespace sillok::api {

namespace {

using stock::Stock;

Json stock_json(const ProductId& id, Quantity on_hand, Quantity reserved) {
    const auto self = href("/v1/stock/", id.value);
    const auto product = href("/v1/products/", id.value);
    return {{"productId", id.value},
            {"onHand", on_hand.value},
            {"reserved", reserved.value},
            {"available", (on_hand - reserved).value},
            {"_links",
             {{"self", link(self)},
              {"product", link(product)},
              {"receiveStock", command_link(product + "/stock-receipts", "POST")},
              {"adjustStock", command_link(product + "/stock-adjustments", "POST")}}}};
}

Response response_after(const ProductId& id, const Stock::State& state, Version version) {
    return json_response(201, stock_json(id, state.on_hand, state.reserved))
        .with("ETag", etag_of(version))
        .with("Location", href("/v1/stock/", id.value));
}

}  // namespace

std::optional<Problem> Stocks::missing(const ProductId& id) {
    const bool known = products_.with_state(id, [](const product::Product::State& product, Version) {
        return product.phase != product::Product::Phase::absent;
    });
    if (known) return std::nullopt;
    return problem_of(Rejection{Rejection::product_unknown});
}

ResponseTask Stocks::receive(const Request& request) {
    const auto id = id_from<ProductId>(request);
    if (!id) co_return std::unexpected(id.error());
    stock::command::Receive command;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        command.quantity = body.quantity("quantity").value_or(Quantity{});
    });
    if (wrong) co_return std::unexpected(*wrong);
    if (const auto unknown = missing(*id)) co_return std::unexpected(*unknown);

    auto render = [&id](const Stock::State& state, Version version) { return response_after(*id, state, version); };
    auto responding = run_command(stock_, request, request.context(clock_), *id, command, render);
    co_return co_await std::move(responding);
}

ResponseTask Stocks::adjust(const Request& request) {
    const auto id = id_from<ProductId>(request);
    if (!id) co_return std::unexpected(id.error());
    stock::command::Adjust command;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        command.delta = body.adjustment("delta").value_or(Quantity{});
        command.reason = body.text("reason", {1, reason_length.max});
    });
    if (wrong) co_return std::unexpected(*wrong);
    if (const auto unknown = missing(*id)) co_return std::unexpected(*unknown);

    auto render = [&id](const Stock::State& state, Version version) { return response_after(*id, state, version); };
    auto responding = run_command(stock_, request, request.context(clock_), *id, std::move(command), render);
    co_return co_await std::move(responding);
}

ResponseTask Stocks::show(const Request& request) {
    const auto id = id_from<ProductId>(request);
    if (!id) co_return std::unexpected(id.error());
    const auto seen = co_await freshness_.seen(request, rows_.seen());
    if (!seen) co_return std::unexpected(seen.error());

    const auto row = rows_.get(id->value);
    if (!row || !row->listed)
        co_return std::unexpected(missing_row(rows_, id->value, problem_of(Rejection{Rejection::product_unknown})));
    auto stock = stock_json(row->product, row->on_hand, row->reserved);
    stock["name"] = row->product_name;
    stock["price"] = json_of(row->price);
    stock["discontinued"] = row->discontinued;
    stock = marked_if_behind(std::move(stock), rows_, id->value);
    auto response = json_response(200, stock).with("ETag", etag_of(row->stock_version, row->version.value));
    freshness_.stamp(response, *seen);
    co_return response;
}

}  // namespace sillok::api
