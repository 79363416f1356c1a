#include "tools/bench/bench_read.hpp"

#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tools/bench/append_load.hpp"
#include "tools/bench/bench_directory.hpp"
#include "tools/bench/disk_ceiling.hpp"
#include "tools/bench/seconds_since.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::uint64_t stream_events = 10;
constexpr std::uint64_t streams_at_once = 10'000;  // a stream's events lie that far apart in the log
constexpr std::uint64_t commit_streams = 100;
constexpr std::uint64_t small_log_events = 100'000;
constexpr std::chrono::milliseconds append_duration{3'000};

std::unique_ptr<RocksLog> open_log(const fs::path& directory) {
    auto log = RocksLog::open(directory, RocksLog::Mode::create);
    if (!log) throw Failure(log.error());
    return std::move(*log);
}

std::string stream_name(std::uint64_t number) { return fmt::format("thing-{:09}", number); }

// Streams of ten events each, ten thousand of them growing side by side, a hundred in a commit.
class Filler {
   public:
    Filler(EventStore& store, std::size_t event_bytes)
        : store_(store), payload_(payload_for(event_bytes, stream_name(0))) {}

    void fill_up_to(std::uint64_t events) {
        while (written_ < events) {
            append(written_);
            written_ += commit_streams;
            if (written_ % small_log_events == 0) progress_.show("filling a log", written_, events);
        }
        if (!store_.wait_durable(last_)) throw Failure("the log stopped");
    }
    [[nodiscard]] std::uint64_t streams() const { return written_ / stream_events; }

   private:
    void append(std::uint64_t from) {
        const auto round = from / streams_at_once % stream_events;
        const auto first = from / (streams_at_once * stream_events) * streams_at_once + from % streams_at_once;
        const auto expected = round == 0 ? Expected{NoStream{}} : Expected{Version{round}};
        Commit commit;
        commit.metadata.time = Timestamp{1};
        for (std::uint64_t i = 0; i < commit_streams; ++i) {
            commit.appends.push_back({stream_name(first + i), expected, {}});
            commit.appends.back().events.push_back({.type = std::string{bench_event_type}, .payload = payload_});
        }
        for (;;) {
            const auto appended = store_.propose(commit);
            if (appended) {
                last_ = appended->last;
                return;
            }
            if (appended.error().code != errc::overloaded)
                throw Failure("the log refused an append: " + std::string{name(appended.error().code)});
            (void)store_.wait_durable(next(store_.head()));
        }
    }

    EventStore& store_;
    const std::string payload_;
    std::uint64_t written_ = 0;
    Position last_;
    ProgressLine progress_;
};

// Drops these files from the kernel's page cache.
void forget_cached(const fs::path& directory) {
    for (const auto& entry : fs::recursive_directory_iterator{directory}) {
        if (!entry.is_regular_file()) continue;
        const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        ::close(file);
    }
}

// RocksDB merges tables for a while after writes, and the disk is busy with that.
void wait_until_merged(const RocksLog& log) {
    constexpr std::chrono::milliseconds look_again{200};
    constexpr int quiet_looks = 5;
    for (int quiet = 0; quiet < quiet_looks; std::this_thread::sleep_for(look_again))
        quiet = log.is_merging() ? 0 : quiet + 1;
}

Histogram load_cold_streams(const fs::path& directory, std::uint64_t streams, std::size_t loads) {
    auto log = open_log(directory);
    wait_until_merged(*log);
    const EventStore store{std::move(log)};
    Histogram latency;
    std::uint64_t random = 1;
    for (std::size_t i = 0; i < loads; ++i) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto name = stream_name((random >> 20) % streams);
        forget_cached(directory);
        const auto begin = Steady::now();
        const auto batch = store.read_stream(name, Version{1}, stream_events + 1);
        latency.record(Steady::now() - begin);
        if (batch.size() != stream_events) throw Failure("stream " + name + " is not as it was written");
    }
    return latency;
}

double read_whole(const fs::path& directory, std::uint64_t events) {
    const EventStore store{open_log(directory)};
    std::uint64_t read = 0;
    const auto begin = Steady::now();
    for (Position after;;) {
        const auto batch = store.read_log(after, 4'096);
        if (batch.empty()) break;
        read += batch.size();
        after = batch.back().position;
    }
    const auto seconds = seconds_since(begin);
    if (read != events) throw Failure("the log was not read as a whole");
    return static_cast<double>(read) / seconds;
}

// Copies the directory as a kill of its process would leave it. Table files never change, so they are linked; all other
// files are copied.
void copy_as_if_killed(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator{from}) {
        const auto target = to / entry.path().filename();
        if (entry.path().extension() == ".sst")
            fs::create_hard_link(entry.path(), target);
        else if (entry.is_regular_file() && entry.path().filename() != "LOCK")
            fs::copy_file(entry.path(), target);
    }
}

double seconds_to_start(const fs::path& directory) {
    const auto begin = Steady::now();
    const EventStore store{open_log(directory)};
    return seconds_since(begin);
}

double peak_mib() {
    struct rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

}  // namespace

nlohmann::ordered_json ReadBench::run() const {
    const BenchDirectory directory;
    const auto path = directory.path() / "log";
    const auto killed = directory.path() / "killed";
    AppendsMeasured small;
    AppendsMeasured large;
    std::uint64_t streams = 0;
    std::uint64_t all_events = 0;
    {
        EventStore store{open_log(path)};
        Filler filler{store, event_bytes};
        filler.fill_up_to(std::min(small_log_events, events));
        small = run_appends(store, {.event_bytes = event_bytes, .duration = append_duration, .streams = "small"});
        filler.fill_up_to(events);
        large = run_appends(store, {.event_bytes = event_bytes, .duration = append_duration, .streams = "large"});
        streams = filler.streams();
        all_events = store.head().value;
        copy_as_if_killed(path, killed);
    }
    const auto start = seconds_to_start(killed);
    const auto after_filling_mib = peak_mib();
    const auto cold = load_cold_streams(path, streams, stream_loads);

    // Measured by turns, because the machine's speed drifts; the median of three counts.
    std::array<double, 3> rates{};
    std::array<double, 3> ceilings{};
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const auto scan = scan_records(path);
        ceilings[i] = static_cast<double>(scan.events) / scan.seconds;
        rates[i] = read_whole(path, all_events);
    }
    std::ranges::sort(rates);
    std::ranges::sort(ceilings);

    const auto small_p50 = small.latency.percentile_us(0.50);
    const auto large_p50 = large.latency.percentile_us(0.50);
    return {{"events", all_events},
            {"eventBytes", event_bytes},
            {"eventsPerSecond", rates[1]},
            {"ceilingEventsPerSecond", ceilings[1]},
            {"ratio", rates[1] / ceilings[1]},
            {"coldStreamP50Us", cold.percentile_us(0.50)},
            {"coldStreamP99Us", cold.percentile_us(0.99)},
            {"coldStreamMaxUs", cold.max_us()},
            {"appendSmallP50Us", small_p50},
            {"appendP50Us", large_p50},
            {"growth", large_p50 / small_p50},
            {"startSeconds", start},
            {"peakMiB", after_filling_mib},
            {"durable", keeps_what_is_synced(directory.path())}};
}

}  // namespace sillok
