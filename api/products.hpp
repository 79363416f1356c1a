// Handlers under /v1/products: what is for sale.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/product.hpp"
#include "api/answer.hpp"
#include "api/freshness.hpp"
#include "api/request.hpp"
#include "projections/stock_levels.hpp"
#include "projections/view.hpp"

namespace sillok::api {

class Products {
   public:
    Products(CommandProcessor<product::Product>& products, View<StockLevels>& rows, Freshness& freshness,
             const Clock& clock)
        : products_(products), rows_(rows), freshness_(freshness), clock_(clock) {}

    Answering register_product(const Request& request);
    Answering revise(const Request& request);
    Answering discontinue(const Request& request);
    Answering list(const Request& request);
    Answering show(const Request& request);

   private:
    CommandProcessor<product::Product>& products_;
    View<StockLevels>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
