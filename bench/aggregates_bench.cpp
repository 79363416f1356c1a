// The cost of loading an aggregate from its events, or from a snapshot and the events after it; and the cost of making
// the snapshot. ProcessorOptions::snapshot_events follows from these.
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace sillok {
namespace {

using stock::Stock;

const std::string stream = "stock-tv";

// A log in a directory of its own, with one product's stock: units received one by one, then orders that took one unit
// each and left.
class StockHistory {
   public:
    StockHistory(std::uint64_t receipts, std::uint64_t orders) {
        std::string name = (std::filesystem::temp_directory_path() / "sillok-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no directory for the benchmark");
        directory_ = name;
        auto log = RocksLog::open(directory_ / "log", RocksLog::Mode::create);
        if (!log) throw std::runtime_error(log.error());
        store_ = std::make_unique<EventStore>(*std::move(log));
        for (std::uint64_t i = 0; i < receipts; ++i) append(stock::event::Received{Quantity{1}});
        for (std::uint64_t i = 0; i < orders; ++i) {
            const auto order = OrderId{"order-" + std::to_string(i)};
            append(stock::event::Reserved{order, Quantity{1}});
            append(stock::event::Committed{order, Quantity{1}});
        }
        if (!store_->wait_durable(last_)) throw std::runtime_error("the log stopped");
    }
    ~StockHistory() {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    StockHistory(const StockHistory&) = delete;
    StockHistory& operator=(const StockHistory&) = delete;

    EventStore& store() { return *store_; }

    StateAt<Stock> load() const {
        const auto end = store_->version_of(stream);
        StateAt<Stock> now;
        if (const auto snapshot = store_->load_snapshot(stream))
            if (auto restored = StateAt<Stock>::restore(*snapshot)) now = *std::move(restored);
        [[maybe_unused]] const auto unreadable = now.catch_up(*store_, stream, end);
        return now;
    }
    void snapshot_before(std::uint64_t events) {
        StateAt<Stock> at;
        [[maybe_unused]] const auto unreadable = at.catch_up(*store_, stream, Version{version_ - events});
        store_->save_snapshot(stream, at.snapshot());
    }

   private:
    void append(const Stock::Event& event) {
        Commit commit{.metadata = {.time = Timestamp{1}, .actor = "bench"}};
        const auto expected = version_ == 0 ? Expected{NoStream{}} : Expected{Version{version_}};
        commit.appends.push_back({stream, expected, {encode(event)}});
        const auto appended = store_->propose(commit);
        if (!appended) throw std::runtime_error("the log refused an append");
        last_ = appended->last;
        ++version_;
    }

    std::filesystem::path directory_;
    std::unique_ptr<EventStore> store_;
    std::uint64_t version_ = 0;
    Position last_;
};

// Argument: events.
void from_events(benchmark::State& state) {
    const StockHistory history{static_cast<std::uint64_t>(state.range(0)), 0};
    for (auto _ : state) benchmark::DoNotOptimize(history.load());
}
BENCHMARK(from_events)->Arg(1)->Arg(10)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

// Of 10,000 events; argument: those after the snapshot.
void from_snapshot(benchmark::State& state) {
    StockHistory history{10'000, 0};
    history.snapshot_before(static_cast<std::uint64_t>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(history.load());
}
BENCHMARK(from_snapshot)->Arg(0)->Arg(8)->Arg(16)->Arg(32)->Arg(64)->Arg(256)->Unit(benchmark::kMicrosecond);

// Argument: orders that the state remembers, for their goods may come back.
void from_snapshot_of_many_orders(benchmark::State& state) {
    const auto orders = static_cast<std::uint64_t>(state.range(0));
    StockHistory history{orders, orders};
    history.snapshot_before(0);
    for (auto _ : state) benchmark::DoNotOptimize(history.load());
}
BENCHMARK(from_snapshot_of_many_orders)->Arg(10)->Arg(1'000)->Arg(3'333)->Unit(benchmark::kMicrosecond);

// Argument: orders that the state remembers.
void taking_a_snapshot(benchmark::State& state) {
    const auto orders = static_cast<std::uint64_t>(state.range(0));
    StockHistory history{orders + 10, orders};
    const auto now = history.load();
    for (auto _ : state) history.store().save_snapshot(stream, now.snapshot());
}
BENCHMARK(taking_a_snapshot)->Arg(0)->Arg(10)->Arg(1'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sillok
