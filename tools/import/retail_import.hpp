// Executes a plan of online_retail.hpp through a server's HTTP API. Order: products, stock receipts, all orders until
// each is confirmed or rejected, then the adjustments of each product in file order.
//
// Repeat:  every request has an idempotency key made from the file's name and its subject. A second run, or a run after
//          an interruption, repeats nothing and reports the same counts.
// Errors:  requests to a busy or unreachable server are repeated for one minute. Any other unexpected response throws
//          Failure.
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
    // Counts of the confirmed orders only.
    std::uint64_t lines = 0;
    std::int64_t units = 0;
    std::int64_t revenue_pence = 0;
    // Each adjustment of the file counts as exactly one of these two.
    std::uint64_t adjustments = 0;
    std::uint64_t adjustments_refused = 0;
};

ImportResult run_import(const Plan& plan, const ImportOptions& options);

}  // namespace sillok::online_retail
