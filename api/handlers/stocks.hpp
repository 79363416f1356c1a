// Handlers of stock: how much of a product there is, under /v1/stock and below the product.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/product.hpp"
#include "aggregates/stock.hpp"
#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/stock_levels.hpp"

namespace sillok::api {

class Stocks {
   public:
    Stocks(CommandProcessor<stock::Stock>& stock, CommandProcessor<product::Product>& products, View<StockLevels>& rows,
           Freshness& freshness, const Clock& clock)
        : stock_(stock), products_(products), rows_(rows), freshness_(freshness), clock_(clock) {}

    ResponseTask receive(const Request& request);
    ResponseTask adjust(const Request& request);
    ResponseTask show(const Request& request);

   private:
    // Stock belongs to a product that is, or was, for sale.
    std::optional<Problem> missing(const ProductId& id);

    CommandProcessor<stock::Stock>& stock_;
    CommandProcessor<product::Product>& products_;
    View<StockLevels>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
