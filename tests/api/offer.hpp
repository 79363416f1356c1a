// Gives a server under test something to sell.
#pragma once

#include "tests/api/http_client.hpp"

#include <doctest/doctest.h>

namespace sillok::test {

// Registers the product "tv" for 10,000 KRW, or for the price that is given, and receives this many of it.
inline void offer(HttpClient& client, int quantity,
                  const nlohmann::json& price = {{"amount", 10000}, {"currency", "KRW"}}) {
    REQUIRE(client.post("/v1/products", {{"productId", "tv"}, {"name", "TV"}, {"price", price}}).status == 201);
    REQUIRE(client.post("/v1/products/tv/stock-receipts", {{"quantity", quantity}}).status == 201);
}

}  // namespace sillok::test
