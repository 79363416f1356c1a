// How large a commit and its parts may be.
#pragma once

#include <cstddef>

namespace sillok::limits {

constexpr std::size_t name_bytes_max = 255;          // a stream name, event type, tag or actor
constexpr std::size_t event_bytes_max = 4u << 20;    // one payload
constexpr std::size_t commit_bytes_max = 16u << 20;  // all payloads of a commit and its receipt
constexpr std::size_t commit_events_max = 10'000;
constexpr std::size_t event_tags_max = 16;
constexpr std::size_t commit_conditions_max = 100;

}  // namespace sillok::limits
