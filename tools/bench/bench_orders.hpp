// Measures orders per second over HTTP, with the load generator on the same machine. Two rates count: orders accepted, and
// orders fulfilled until their delivery is prepared. The run fails when a product is oversold or an order is lost.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace sillok {

struct OrdersBench {
    std::size_t clients = 80;  // keep-alive connections, one order at a time on each
    std::chrono::seconds seconds{10};
    std::size_t products = 1000;  // 1: every order is for the same product
    std::string server;           // empty: starts one in a temporary directory

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
