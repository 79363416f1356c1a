// How many orders go through a server, over HTTP, from a load generator on the same machine: accepted, and through
// the whole fulfilment until their delivery is prepared. Afterwards nothing may be oversold or lost.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace sillok {

struct OrdersBench {
    std::size_t clients = 80;  // keep-alive connections, one order at a time on each
    std::chrono::seconds seconds{10};
    std::size_t products = 1000;  // 1: everybody orders the same
    std::string server;           // empty: one is started in a temporary directory

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
