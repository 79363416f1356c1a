#include "tools/bench/append_load.hpp"

#include "eventstore/base/clock.hpp"
#include "tools/commands/subcommand.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <utility>

namespace sillok {
namespace {

using Steady = std::chrono::steady_clock;

struct Client {
    std::string stream;
    std::size_t batch;
    std::size_t in_flight;
    std::string payload;
};

struct UnderWay {
    Position last;
    Steady::time_point since;
};

Position propose(EventStore& store, const Client& client, std::uint64_t version, Timestamp now) {
    const Expected expected = version == 0 ? Expected{NoStream{}} : Expected{Version{version}};
    StreamAppend append{.stream = client.stream, .expected = expected, .events = {}};
    for (std::size_t i = 0; i < client.batch; ++i)
        append.events.push_back({.type = std::string{bench_event_type}, .payload = client.payload});
    Commit commit;
    commit.metadata.time = now;
    commit.appends.push_back(std::move(append));
    const auto appended = store.propose(commit);
    if (!appended) throw Failure("the log refused an append: " + std::string{name(appended.error().code)});
    return appended->last;
}

asio::awaitable<void> append_until(EventStore& store, Client client, Steady::time_point end,
                                   AppendsMeasured& measured) {
    const SystemClock clock;
    std::deque<UnderWay> under_way;
    std::uint64_t version = 0;
    for (;;) {
        while (under_way.size() < client.in_flight && Steady::now() < end) {
            const auto begin = Steady::now();
            under_way.push_back({propose(store, client, version, clock.now()), begin});
            version += client.batch;
        }
        if (under_way.empty()) co_return;
        const auto durable = co_await store.durable(under_way.front().last);
        if (!durable) throw Failure("the log stopped: " + std::string{name(durable.error())});
        const auto head = store.head();
        const auto now = Steady::now();
        while (!under_way.empty() && under_way.front().last <= head) {
            measured.latency.record(now - under_way.front().since);
            measured.events += client.batch;
            under_way.pop_front();
        }
    }
}

}  // namespace

std::string payload_for(std::size_t event_bytes, const std::string& stream) {
    constexpr std::size_t metadata_bytes =
        37 + 8 + 8 + 16 + 8 + 16 + 16 + 16 + 2 + 2 + 1 + 5 + 4;  // eventstore/storage/record.hpp
    const auto others = metadata_bytes + stream.size() + bench_event_type.size();
    std::string payload(event_bytes - std::min(others, event_bytes - 1), '\0');
    std::uint64_t noise = 1;
    for (auto& byte : payload) byte = static_cast<char>((noise = noise * 6364136223846793005ULL + 1) >> 56);
    return payload;
}

AppendsMeasured run_appends(EventStore& store, const AppendLoad& load) {
    AppendsMeasured measured;
    std::exception_ptr failed;
    asio::io_context context{1};
    const auto begin = Steady::now();
    for (std::size_t i = 0; i < load.clients; ++i) {
        auto stream = fmt::format("{}-{:06}", load.streams, i);
        auto payload = payload_for(load.event_bytes, stream);
        auto client = append_until(store, {std::move(stream), load.batch, load.in_flight, std::move(payload)},
                                   begin + load.duration, measured);
        asio::co_spawn(context, std::move(client), [&](std::exception_ptr why) {
            if (why) failed = why;
        });
    }
    context.run();
    if (failed) std::rethrow_exception(failed);
    measured.seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    return measured;
}

}  // namespace sillok
