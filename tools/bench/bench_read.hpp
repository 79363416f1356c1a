// Measures a log of many events: reading all of it, reading single streams, appending to it compared with a small log,
// and opening it after a kill.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>

namespace sillok {

struct ReadBench {
    std::uint64_t events = 1'000'000;
    std::size_t event_bytes = 300;     // of a record, with its metadata
    std::size_t stream_loads = 2'000;  // streams of 10 events, loaded with an empty cache

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
