// How fast the log takes events from many clients at once, beside what the disk and a plain RocksDB would take.
//
// A client appends to a stream of its own, `batch` events at a time, each append with the version it expects. It has
// up to `in_flight` appends proposed and not yet durable; an append counts, and its latency ends, when it is durable.
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
    bool hashing = true;  // false: what appending costs without chain hashes and Merkle tree

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
