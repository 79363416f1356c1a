// Carries out a plan of online_retail.hpp through a server's HTTP API, in this order: products, what they receive,
// all orders until each is confirmed or rejected, the adjustments of each product in the order of the file.
//
// Again:   every request has an idempotency key made from the file's name and what it is about, so a second run, or
//          one that was broken off, changes nothing that was done and counts the same.
// Errors:  a server that is busy or cannot be reached is asked again for a minute; anything else that was not
//          expected throws Failure.
#pragma once

#include "tools/http_client.hpp"
#include "tools/import/online_retail.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sillok::online_retail {

struct ImportOptions {
    ServerAddress server;
    std::string source;  // the file's name, without its directory: part of every idempotency key
    std::int64_t stock_factor_millionths = 1'000'000;
    std::size_t connections = 32;
};

struct ImportResult {
    std::uint64_t products = 0;
    std::uint64_t orders_placed = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t rejected = 0;
    // Of the orders that were confirmed.
    std::uint64_t lines = 0;
    std::int64_t units = 0;
    std::int64_t revenue_pence = 0;
    // Each adjustment of the file is one or the other.
    std::uint64_t adjustments = 0;
    std::uint64_t adjustments_refused = 0;
};

ImportResult carry_out(const Plan& plan, const ImportOptions& options);

}  // namespace sillok::online_retail
