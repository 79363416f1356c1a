#include "api/handlers/products.hpp"

#include "aggregates/unicode_text.hpp"
#include "api/handlers/bare_command.hpp"
#include "api/handlers/list_page.hpp"
#include "api/handlers/money_json.hpp"
#include "api/handlers/run_command.hpp"
#include "api/handlers/unreadable_row.hpp"
#include "api/http/header_values.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/http/links.hpp"
#include "api/http/paging.hpp"
#include "projections/engine/search_text.hpp"

namespace sillok::api {

namespace {

using product::Product;

Json links_of(const ProductId& id, bool discontinued) {
    const auto self = href("/v1/products/", id.value);
    Json links{{"self", link(self)}, {"stock", link(href("/v1/stock/", id.value))}};
    if (!discontinued) {
        links["revise"] = command_link(self, "PATCH");
        links["discontinue"] = command_link(self, "DELETE");
    }
    links["receiveStock"] = command_link(self + "/stock-receipts", "POST");
    links["adjustStock"] = command_link(self + "/stock-adjustments", "POST");
    return links;
}

Json product_json(const ProductId& id, const std::string& name, const Money& price, const std::string& description,
                  const std::string& kind, bool discontinued) {
    return {{"productId", id.value},      {"name", name}, {"price", api::json_of(price)},
            {"description", description}, {"kind", kind}, {"discontinued", discontinued}};
}

Json json_of(const StockLevels::Row& row) {
    auto product = product_json(row.product, row.product_name, row.price, row.description, row.kind, row.discontinued);
    product["onHand"] = row.on_hand.value;
    product["reserved"] = row.reserved.value;
    product["available"] = row.available.value;
    product["_links"] = links_of(row.product, row.discontinued);
    return product;
}

// Without stock, which is another aggregate.
Response response_after(std::uint16_t status, const ProductId& id, const Product::State& state, Version version) {
    const bool discontinued = state.phase == Product::Phase::discontinued;
    auto product = product_json(id, state.product_name, state.price, state.description, state.kind, discontinued);
    product["_links"] = links_of(id, discontinued);
    return json_response(status, product).with("ETag", etag_of(version));
}

}  // namespace

ResponseTask Products::register_product(const Request& request) {
    std::optional<ProductId> chosen;
    product::command::Register command;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        chosen = body.optional_new_id<ProductId>("productId");
        command.product_name = body.text("name", name_length);
        command.price = body.price("price").value_or(Money{});
        command.description = body.optional_text("description", description_length).value_or("");
        command.kind = body.optional_text("kind", word_length).value_or("");
    });
    if (wrong) co_return std::unexpected(*wrong);

    const auto id = chosen.value_or(ProductId{clock_.new_id().text()});
    auto render = [&id](const Product::State& state, Version version) {
        return response_after(201, id, state, version).with("Location", href("/v1/products/", id.value));
    };
    auto responding = run_command(products_, request, request.context(clock_), id, std::move(command), render);
    co_return co_await std::move(responding);
}

ResponseTask Products::revise(const Request& request) {
    const auto id = id_from<ProductId>(request);
    if (!id) co_return std::unexpected(id.error());
    product::command::Revise command;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        command.product_name = body.optional_text("name", name_length);
        command.price = body.optional_price("price");
        command.description = body.optional_text("description", description_length);
        command.kind = body.optional_text("kind", word_length);
    });
    if (wrong) co_return std::unexpected(*wrong);

    auto render = [&id](const Product::State& state, Version version) {
        return response_after(200, *id, state, version);
    };
    auto responding = run_command(products_, request, request.context(clock_), *id, std::move(command), render);
    co_return co_await std::move(responding);
}

ResponseTask Products::discontinue(const Request& request) {
    const auto id = id_from<ProductId>(request);
    if (!id) co_return std::unexpected(id.error());
    if (const auto wrong = refuse_members(request)) co_return std::unexpected(*wrong);
    auto render = [](const Product::State&, Version version) {
        return Response{.status = 204}.with("ETag", etag_of(version));
    };
    auto responding =
        run_command(products_, request, request.context(clock_), *id, product::command::Discontinue{}, render);
    co_return co_await std::move(responding);
}

ResponseTask Products::list(const Request& request) {
    const auto search = request.parameter("search").value_or("");
    if (!is_utf8(search)) co_return std::unexpected(invalid_parameter("search", "must be UTF-8"));
    if (!search.empty() && SearchPattern{search}.empty())
        co_return std::unexpected(invalid_parameter("search", "must have a character that can be seen"));
    auto listing = list_page(
        request, rows_, StockLevels::for_sale(search), freshness_,
        [this](const StockLevels::Row& row) { return marked_if_behind(json_of(row), rows_, row.product.value); });
    co_return co_await std::move(listing);
}

ResponseTask Products::show(const Request& request) {
    const auto id = id_from<ProductId>(request);
    if (!id) co_return std::unexpected(id.error());
    const auto seen = co_await freshness_.seen(request, rows_.seen());
    if (!seen) co_return std::unexpected(seen.error());

    const auto row = rows_.get(id->value);
    if (!row || !row->listed)
        co_return std::unexpected(missing_row(rows_, id->value, problem_of(Rejection{Rejection::product_unknown})));
    auto response = json_response(200, marked_if_behind(json_of(*row), rows_, id->value))
                        .with("ETag", etag_of(row->version, row->stock_version.value));
    freshness_.stamp(response, *seen);
    co_return response;
}

}  // namespace sillok::api
