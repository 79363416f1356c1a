// Every product with its price and the quantity that can be sold now. Searchable by name.
#pragma once

#include "aggregates/product.hpp"
#include "aggregates/stock.hpp"
#include "projections/engine/projection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct StockLevels {  // satisfies concept Projection; its key is the product id
    struct Row {      // stored
        ProductId product;
        std::string product_name;
        Money price;
        std::string description;
        std::string kind;
        bool listed = false;  // registered, so it has a name and a price; stock may be there before that
        bool discontinued = false;
        Quantity on_hand;
        Quantity reserved;
        Quantity available;     // on hand - reserved
        Version version;        // of the product's stream: the ETag
        Version stock_version;  // of the stock's stream

        friend bool operator==(const Row&, const Row&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("productId", self.product);
            visit("name", self.product_name);
            visit("price", self.price);
            visit("description", self.description);
            visit("kind", self.kind);
            visit("listed", self.listed);
            visit("discontinued", self.discontinued);
            visit("onHand", self.on_hand);
            visit("reserved", self.reserved);
            visit("available", self.available);
            visit("version", self.version);
            visit("stockVersion", self.stock_version);
        }
    };

    static constexpr std::string_view name = "stock_levels";
    static constexpr std::uint32_t version = 2;
    static std::optional<std::string> key(const Recorded& event);
    static std::optional<Row> project(std::optional<Row> row, const Recorded& event);
    static std::vector<IndexEntry> indexes(const Row& row);
    static std::vector<std::string> streams(std::string_view key);
    // Stock moves all the time, and changes no entry.
    static bool moves(const Recorded& event);

    // 0 <= reserved <= on hand, and available is the rest.
    static std::optional<std::string> invariant_violation(const Row& row);

    // By name. `search` is a part of the name in any case, with or without accents (search_text.hpp); empty: every
    // product.
    static Selection for_sale(std::string_view search = {});  // registered and not discontinued
    static Selection all(std::string_view search = {});       // registered, discontinued or not
};

}  // namespace sillok
