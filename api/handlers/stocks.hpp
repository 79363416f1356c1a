// Handlers of a product's stock, under /v1/stock/{id} and /v1/products/{id}/stock-....
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
    // Returns product-unknown unless the product has been registered.
    std::optional<Problem> missing(const ProductId& id);

    CommandProcessor<stock::Stock>& stock_;
    CommandProcessor<product::Product>& products_;
    View<StockLevels>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
