#include "tools/event_source.hpp"

#include "aggregates/codec/event_json.hpp"
#include "api/http/links.hpp"
#include "eventstore/base/parse_number.hpp"
#include "eventstore/stream_name.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/http_client.hpp"
#include "tools/offline_log.hpp"
#include "tools/server_refusal.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sillok {

namespace {

using Events = std::vector<nlohmann::json>;

constexpr std::chrono::seconds page_patience{2};

[[noreturn]] void throw_beyond(std::uint64_t position, std::uint64_t end) {
    throw Failure(fmt::format("position {} is beyond the end of the log, which is position {}", position, end),
                  "position-unknown");
}

class DirectorySource final : public EventSource {
   public:
    explicit DirectorySource(const std::filesystem::path& data) : log_(data, OfflineLog::Access::read) {}

    std::uint64_t head() override { return log_.store.head().value; }
    EventPage after(std::uint64_t position, std::size_t limit, const EventNarrowing& /*only*/) override {
        if (const auto end = head(); position > end) throw_beyond(position, end);
        const auto batch = log_.store.read_log(Position{position}, limit);
        EventPage page{.events = {}, .seen = batch.empty() ? position : batch.back().position.value};
        for (const auto& event : batch) page.events.push_back(event_json(event));
        return page;
    }
    EventPage of_stream(const std::string& stream, std::uint64_t from_version, std::size_t limit,
                        const Takes& takes) override {
        EventPage page{.events = {}, .seen = head(), .last_version = log_.store.version_of(stream).value};
        for (auto version = Version{from_version}; page.events.size() < limit;) {
            const auto batch = log_.store.read_stream(stream, version, page_events_max);
            if (batch.empty()) break;
            for (const auto& recorded : batch) {
                auto event = event_json(recorded);
                if (page.events.size() < limit && takes(event)) page.events.push_back(std::move(event));
            }
            version = next(batch.back().version);
        }
        return page;
    }

   private:
    OfflineLog log_;
};

class ServerSource final : public EventSource {
   public:
    explicit ServerSource(const std::string& url) {
        auto server = parse_server(url);
        if (!server) throw Misuse(server.error());
        server_ = std::move(*server);
    }

    std::uint64_t head() override { return get("/v1/events?limit=1").position.value_or(0); }

    EventPage after(std::uint64_t position, std::size_t limit, const EventNarrowing& only) override {
        std::string filter;
        if (!only.category.empty()) filter += "&category=" + api::url_encoded(only.category);
        if (!only.type.empty()) filter += "&type=" + api::url_encoded(only.type);
        return page(filter, position, std::min(limit, page_events_max));
    }

    // The server lists the log by category; this class selects the stream.
    EventPage of_stream(const std::string& stream, std::uint64_t from_version, std::size_t limit,
                        const Takes& takes) override {
        const auto end = head();
        const auto filter = "&category=" + api::url_encoded(category_of(stream));
        EventPage found;
        while (found.seen < end && found.events.size() < limit) {
            auto looked_at = page(filter, found.seen, page_events_max);
            for (auto& event : looked_at.events) {
                if (event.at("stream") != stream) continue;
                found.last_version = event.at("version").get<std::uint64_t>();
                if (found.last_version >= from_version && found.events.size() < limit && takes(event))
                    found.events.push_back(std::move(event));
            }
            if (looked_at.seen == found.seen) break;
            found.seen = looked_at.seen;
        }
        return found;
    }

   private:
    HttpResponse get(const std::string& target) {
        auto answer = exchange_once(server_, {.method = Method::get, .target = target, .log = log_}, page_patience);
        if (answer.status != 200) throw_refused("GET " + target, answer);
        log_ = answer.log;
        return answer;
    }

    EventPage page(const std::string& filter, std::uint64_t after, std::size_t limit) {
        const auto answer = get(fmt::format("/v1/events?after={}&limit={}{}", after, limit, filter));
        const auto body = nlohmann::json::parse(answer.body);
        EventPage page{.events = body.at("items").get<Events>(), .seen = after};
        // A full page says where the next one begins; the last page reaches to the head.
        if (const auto& links = body.at("_links"); links.contains("next"))
            page.seen = cursor_in(links.at("next").at("href").get<std::string>());
        else if (!page.events.empty())
            page.seen = std::max(page.events.back().at("position").get<std::uint64_t>(),
                                 filter.empty() ? 0 : answer.position.value_or(0));
        else if (!filter.empty())
            page.seen = std::max(after, answer.position.value_or(0));
        return page;
    }

    static std::uint64_t cursor_in(const std::string& href) {
        constexpr std::string_view name = "cursor=";
        const auto begin = href.find(name);
        if (begin == std::string::npos) throw Failure("the server's link to the next page has no cursor: " + href);
        const auto rest = std::string_view{href}.substr(begin + name.size());
        const auto position = parse_number<std::uint64_t>(rest.substr(0, rest.find_first_not_of("0123456789")));
        if (!position) throw Failure("the cursor of the server's link to the next page is no position: " + href);
        return *position;
    }

    ServerAddress server_;
    std::string log_;  // and epoch, of the positions read so far; empty before the first answer
};

}  // namespace

std::unique_ptr<EventSource> read_directory(const std::filesystem::path& data) {
    return std::make_unique<DirectorySource>(data);
}

std::unique_ptr<EventSource> read_server(const std::string& url) { return std::make_unique<ServerSource>(url); }

}  // namespace sillok
