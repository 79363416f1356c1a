// Measures a server whose log is old: one product with a great many orders, most of them of the past. After `kill -9`
// it counts how long the start takes, the first orders of that product, and memory.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>

namespace sillok {

struct AgedBench {
    std::uint64_t past = 200'000;  // orders that have ended: 6 events each
    std::uint64_t open = 20'000;   // orders that hold a reservation: 5 events each
    std::filesystem::path data;    // is filled if it is missing or empty, and kept; empty: a temporary directory

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
