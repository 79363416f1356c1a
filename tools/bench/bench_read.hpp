// How fast a log of many events is read, as a whole and one stream at a time; and whether it is still as fast to
// append to, and to open after the process was killed, as a small one.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>

namespace sillok {

struct ReadBench {
    std::uint64_t events = 1'000'000;
    std::size_t event_bytes = 300;     // of a record, with its metadata
    std::size_t stream_loads = 2'000;  // streams of 10 events that are loaded while nothing is cached

    [[nodiscard]] nlohmann::ordered_json run() const;
};

}  // namespace sillok
