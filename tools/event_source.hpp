// Where `sillok events` reads from: a server that runs, or a data directory that no server has open.
//
// Errors: Failure with one sentence; NoAnswer and NotReachable while a server does not answer.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sillok {

// A page of events, and the position up to which the source has looked.
struct EventPage {
    std::vector<nlohmann::json> events;
    std::uint64_t seen = 0;
    std::uint64_t last_version = 0;  // of of_stream(): that of the stream; 0: there is no such stream
};

// The one category and type of which events are wanted; empty: all. A source may leave out the others, and need not.
struct EventNarrowing {
    std::string category{};
    std::string type{};
};

class EventSource {
   public:
    using Takes = std::function<bool(const nlohmann::json&)>;

    virtual ~EventSource() = default;
    virtual std::uint64_t head() = 0;
    // Returns up to `limit` events after a position. At the end of the log `seen` is that position.
    virtual EventPage after(std::uint64_t position, std::size_t limit, const EventNarrowing& only) = 0;
    // Returns up to `limit` events of one stream that `takes` takes.
    virtual EventPage of_stream(const std::string& stream, std::uint64_t from_version, std::size_t limit,
                                const Takes& takes) = 0;
};

constexpr std::size_t page_events_max = 500;

std::unique_ptr<EventSource> read_directory(const std::filesystem::path& data);
// Throws Misuse for what is no URL of a server.
std::unique_ptr<EventSource> read_server(const std::string& url);

}  // namespace sillok
