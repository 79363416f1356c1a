#include "tools/events/event_statistics.hpp"

#include "eventstore/base/rfc3339.hpp"
#include "eventstore/stream_name.hpp"

#include <string_view>
#include <unordered_set>

namespace sillok {

namespace {

using Counts = std::map<std::string, std::uint64_t, std::less<>>;

void count(Counts& counts, std::string_view word) {
    auto known = counts.find(word);
    if (known == counts.end()) known = counts.emplace(word, 0).first;
    ++known->second;
}

void note_time(EventStatistics& statistics, std::string time) {
    if (!statistics.first_time) statistics.first_time = time;
    statistics.last_time = std::move(time);
}

}  // namespace

EventStatistics statistics_of(const EventStore& store, const CountProgress& progress) {
    EventStatistics statistics{.head = store.head().value, .payload_bytes = 0};
    std::optional<Timestamp> first, last;
    for (Position position; position < store.head();) {
        const auto batch = store.read_log(position, 4096);
        if (batch.empty()) break;
        for (const auto& event : batch) {
            count(statistics.events_by_type, event.type);
            *statistics.payload_bytes += event.payload.size();
            if (!first) first = event.time;
            last = event.time;
        }
        position = batch.back().position;
        progress(position.value, statistics.head);
    }
    if (first) statistics.first_time = rfc3339(*first);
    if (last) statistics.last_time = rfc3339(*last);
    store.each_stream("", [&](std::string_view stream, Version) {
        count(statistics.streams_by_category, category_of(stream));
        ++statistics.streams;
        return true;
    });
    return statistics;
}

EventStatistics statistics_of(EventSource& from, const CountProgress& progress) {
    EventStatistics statistics{.head = from.head()};
    std::unordered_set<std::string> streams;
    for (std::uint64_t position = 0; position < statistics.head;) {
        const auto page = from.after(position, page_events_max, {});
        for (const auto& event : page.events) {
            if (event.at("position").get<std::uint64_t>() > statistics.head) break;
            count(statistics.events_by_type, event.at("type").get_ref<const std::string&>());
            if (const auto& time = event.at("time"); time.is_string()) note_time(statistics, time.get<std::string>());
            const auto& stream = event.at("stream").get_ref<const std::string&>();
            if (streams.insert(stream).second) count(statistics.streams_by_category, category_of(stream));
        }
        if (page.seen == position) break;
        position = page.seen;
        progress(position, statistics.head);
    }
    statistics.streams = streams.size();
    return statistics;
}

}  // namespace sillok
