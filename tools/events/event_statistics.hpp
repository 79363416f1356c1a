// What a log holds: how many events of each type, and how many streams of each category.
#pragma once

#include "eventstore/event_store.hpp"
#include "tools/event_source.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace sillok {

struct EventStatistics {
    std::uint64_t head = 0;
    std::uint64_t streams = 0;
    std::optional<std::uint64_t> payload_bytes{};  // unknown of a server, which shows events as JSON
    std::optional<std::string> first_time{}, last_time{};
    std::map<std::string, std::uint64_t, std::less<>> events_by_type{};
    std::map<std::string, std::uint64_t, std::less<>> streams_by_category{};
};

using CountProgress = std::function<void(std::uint64_t counted, std::uint64_t head)>;

EventStatistics statistics_of(const EventStore& store, const CountProgress& progress);
// Reads the whole log, up to where it ends now. Takes memory for the name of every stream.
EventStatistics statistics_of(EventSource& from, const CountProgress& progress);

}  // namespace sillok
