// Measures appends from many clients at once, next to the ceilings of the disk and of a plain RocksDB.
//
// Each client appends `batch` events at a time to its own stream, with the expected version. It has up to `in_flight`
// appends that are not durable yet. An append counts, and its latency ends, when it is durable.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>

namespace sillok {

struct AppendBench {
    std::size_t clients = 64;
    std::size_t in_flight = 1;
    std::size_t batch = 1;
    std::size_t event_bytes = 300;  // of a record, with its metadata
    std::chrono::seconds seconds{5};
    bool hashing = true;  // false: no hash chain and no Merkle tree, to measure their cost

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
