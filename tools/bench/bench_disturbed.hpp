// Measures what other people's orders take while somebody disturbs the server: lists huge orders, searches, imports a
// year of orders, holds idle connections, connects and leaves, or asks without reading the answers.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>

namespace sillok {

struct DisturbedBench {
    std::size_t rate = 200;           // orders a second, sent at their time whether or not earlier ones are answered
    std::chrono::seconds seconds{5};  // of each disturbance
    std::filesystem::path import;     // the Online Retail data set; empty: no import

    // The disturbances come one after the other, then the searches, lists and the import at once. Each is compared with
    // the same orders beside nothing.
    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
