// Load for `sillok bench append`: each client appends to its own stream as fast as its appends become durable.
#pragma once

#include "eventstore/event_store.hpp"
#include "tools/bench/histogram.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sillok {

struct AppendLoad {
    std::size_t clients = 64;
    std::size_t in_flight = 1;      // appends per client that are proposed and not durable yet
    std::size_t batch = 1;          // events in one append
    std::size_t event_bytes = 300;  // of a record, with its metadata
    std::chrono::milliseconds duration{5'000};
    std::string streams = "bench";  // "bench-000017": REQUIRES that none of them exists
};

struct AppendsMeasured {
    Histogram latency;  // of an append, until it is durable
    std::uint64_t events = 0;
    double seconds = 0;
};

// Every append carries the version it expects. Throws Failure when the log refuses one.
AppendsMeasured run_appends(EventStore& store, const AppendLoad& load);

// Returns a payload that cannot be compressed; the whole record then has `event_bytes` bytes.
std::string payload_for(std::size_t event_bytes, const std::string& stream);

constexpr std::string_view bench_event_type = "bench.appended";

}  // namespace sillok
