// Handlers under /v1/products.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/product.hpp"
#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/stock_levels.hpp"

namespace sillok::api {

class Products {
   public:
    Products(CommandProcessor<product::Product>& products, View<StockLevels>& rows, Freshness& freshness,
             const Clock& clock)
        : products_(products), rows_(rows), freshness_(freshness), clock_(clock) {}

    ResponseTask register_product(const Request& request);
    ResponseTask revise(const Request& request);
    ResponseTask discontinue(const Request& request);
    ResponseTask list(const Request& request);
    ResponseTask show(const Request& request);

   private:
    CommandProcessor<product::Product>& products_;
    View<StockLevels>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
