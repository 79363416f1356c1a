// Competing consumers: each event is acknowledged once, a stream's events in order, and no stream is held by two
//                      consumers,
// while consumers join, leave, die and start again.
#include "eventstore/consumer_group.hpp"

#include "tests/eventstore/stores.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using Consumer = ConsumerGroup::Consumer;
using TimePoint = std::chrono::steady_clock::time_point;

void add(EventStore& store, const std::string& stream, std::string_view payload) {
    const auto version = store.version_of(stream);
    const Expected expected = version == Version{} ? Expected{NoStream{}} : Expected{version};
    REQUIRE(store.append_and_wait(to(stream, expected, {payload})));
}

ConsumerGroupOptions at(TimePoint& now, ConsumerGroupOptions options = {}) {
    options.now = [&now] { return now; };
    return options;
}

// A shop whose consumers come, work, dawdle, die and come back at random; and the rules, checked at every step by
// what the consumers themselves see.
template <class Store>
class Property {
   public:
    explicit Property(unsigned seed) : random_(seed), store_() { open(); }

    void run(int steps) {
        for (int step = 0; step < steps; ++step) act();
        finish();
    }

   private:
    // An event in somebody's hands.
    struct InHand {
        std::uint64_t position;
        std::string stream;
    };
    struct Worker {
        Consumer consumer;
        std::vector<InHand> hand{};  // handed out, not acknowledged; in the order of the log within a stream
        TimePoint deadline{};
        [[nodiscard]] bool holds(const std::string& stream, TimePoint now) const {
            return deadline > now && std::ranges::any_of(hand, [&](const InHand& one) { return one.stream == stream; });
        }
    };

    std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }

    void open() {
        group_.emplace(
            *store_, "workers",
            at(now_,
               {.filter = {.types = {"test.wanted"}}, .lease = lease, .batch_events_max = 5, .window_events_max = 20}));
    }

    void append() {
        const auto stream = "s-" + std::to_string(roll(6));
        const auto version = store_->version_of(stream);
        Commit commit{.metadata = {.time = Timestamp{1}}};
        commit.appends.push_back({stream, version == Version{} ? Expected{NoStream{}} : Expected{version}, {}});
        for (auto left = 1 + roll(4); left > 0; --left) {
            const bool wanted = roll(3) != 0;
            commit.appends[0].events.push_back({wanted ? "test.wanted" : "test.other", 1, ""});
        }
        const auto appended = store_->append_and_wait(commit);
        REQUIRE(appended);
        for (const auto& event : store_->read_log(Position{appended->first.value - 1}, 100))
            if (event.type == "test.wanted") wanted_.insert(event.position.value);
    }

    void take(Worker& worker) {
        // What the others held when the batch was handed out: a lease that has run out ends with this very call.
        if (worker.deadline <= now_) worker.hand.clear();
        const bool held_nothing = worker.hand.empty();
        const auto batch = worker.consumer.poll();
        if (held_nothing) worker.deadline = now_ + lease;
        CHECK(batch.size() <= 5);
        for (const auto& event : batch) {
            const std::string stream{event.stream};
            CHECK(wanted_.contains(event.position.value));
            CHECK_FALSE(done_.contains(event.position.value));  // never again once acknowledged
            CHECK(event.position.value > last_done_[stream]);   // never before what came earlier
            for (const auto& other : workers_)
                if (other.get() != &worker) CHECK_FALSE(other->holds(stream, now_));
            for (const auto& held : worker.hand)
                if (held.stream == stream) CHECK(held.position < event.position.value);
            worker.hand.push_back({event.position.value, stream});
        }
    }

    void acknowledge(Worker& worker) {
        if (worker.hand.empty()) return;
        const auto chosen = worker.hand[roll(worker.hand.size())];
        const auto count = worker.consumer.acknowledge(Position{chosen.position});
        REQUIRE(count);
        if (worker.deadline <= now_) {  // too late: it counts for nothing
            CHECK(*count == 0);
            worker.hand.clear();
            return;
        }
        std::size_t expected = 0;
        std::erase_if(worker.hand, [&](const InHand& one) {
            if (one.stream != chosen.stream || one.position > chosen.position) return false;
            CHECK(done_.insert(one.position).second);
            last_done_[one.stream] = std::max(last_done_[one.stream], one.position);
            ++expected;
            return true;
        });
        CHECK(*count == expected);
        worker.deadline = now_ + lease;
    }

    void restart() {
        workers_.clear();
        group_.reset();
        if (roll(2) == 0) store_.reopen();
        open();
    }

    void act() {
        now_ += std::chrono::milliseconds{roll(8)};
        const auto what = roll(100);
        if (what < 25) {
            append();
        } else if (what < 33 || workers_.empty()) {
            if (workers_.size() < 5) workers_.push_back(std::make_unique<Worker>(group_->join()));
        } else if (what < 36) {
            workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(roll(workers_.size())));
        } else if (what < 38) {
            now_ += lease;  // nobody did anything for too long
        } else if (what < 39) {
            restart();
        } else if (what < 70) {
            take(*workers_[roll(workers_.size())]);
        } else {
            acknowledge(*workers_[roll(workers_.size())]);
        }
        CHECK(group_->open_events() <= 20 + 19);
    }

    // One consumer clears up: nothing may be missing.
    void finish() {
        workers_.clear();
        workers_.push_back(std::make_unique<Worker>(group_->join()));
        auto& last = *workers_.front();
        for (take(last); !last.hand.empty(); take(last))
            while (!last.hand.empty()) acknowledge(last);
        CHECK(done_ == wanted_);
        CHECK(group_->done() == store_->head());
        CHECK(group_->open_events() == 0);
    }

    static constexpr std::chrono::milliseconds lease = 100ms;

    std::mt19937_64 random_;
    TimePoint now_{};
    Store store_;
    std::optional<ConsumerGroup> group_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::set<std::uint64_t> wanted_, done_;
    std::map<std::string, std::uint64_t> last_done_;
};

}  // namespace

TEST_CASE("while consumers join, leave, die and start again, each event is acknowledged once, in its stream's order") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Property<InMemory>{seed}.run(400);
    }
    for (unsigned seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        Property<OnDisk>{seed}.run(200);
    }
}

TEST_CASE_TEMPLATE("two consumers share the log by stream", Store, InMemory, OnDisk) {
    Store store;
    for (const auto* stream : {"a-1", "b-1", "a-1", "c-1", "b-1", "a-1"}) add(*store, stream, "x");
    ConsumerGroup group{*store, "workers", {.batch_events_max = 3}};
    auto one = group.join();
    auto other = group.join();
    const auto first = one.poll();
    CHECK(told(first) == Lines{"a-1@1 x", "a-1@2 x", "a-1@3 x"});
    const auto second = other.poll();
    CHECK(told(second) == Lines{"b-1@1 x", "c-1@1 x", "b-1@2 x"});
    add(*store, "b-1", "y");
    CHECK(one.poll().empty());  // b-1 is in the other's hands
    CHECK(other.acknowledge(second) == 3);
    CHECK(told(one.poll()) == Lines{"b-1@3 y"});
    CHECK(one.acknowledge(Position{1}) == 1);
    CHECK(group.done() == Position{2});
    CHECK(one.acknowledge(Position{6}) == 2);  // and with it the one before
    CHECK(group.done() == Position{6});
    CHECK(one.acknowledge(Position{6}) == 0);
    CHECK(other.acknowledge(Position{7}) == 0);  // not its own
    CHECK(one.acknowledge(Position{7}) == 1);
    CHECK(group.done() == store->head());
}

TEST_CASE("a consumer that leaves gives up its streams, and one whose lease ends loses them") {
    InMemory store;
    for (int count = 0; count < 3; ++count) add(*store, "a-1", "x");
    TimePoint now{};
    ConsumerGroup group{*store, "workers", at(now, {.lease = 100ms})};
    auto patient = group.join();
    {
        auto leaving = group.join();
        REQUIRE(leaving.poll().size() == 3);
        CHECK(leaving.acknowledge(Position{1}) == 1);
        CHECK(patient.poll().empty());
    }
    CHECK(told(patient.poll()) == Lines{"a-1@2 x", "a-1@3 x"});

    auto next = group.join();
    now += 99ms;
    CHECK(next.poll().empty());
    CHECK(patient.renew());
    now += 99ms;
    CHECK(next.poll().empty());
    CHECK(patient.acknowledge(Position{2}) == 1);
    now += 99ms;
    CHECK(next.poll().empty());
    now += 1ms;
    CHECK(told(next.poll()) == Lines{"a-1@3 x"});
    CHECK(patient.acknowledge(Position{3}) == 0);
    CHECK_FALSE(patient.renew());
    CHECK(next.acknowledge(Position{3}) == 1);
}

TEST_CASE_TEMPLATE("a group continues where it was, without the events acknowledged out of order", Store, InMemory,
                   OnDisk) {
    Store store;
    for (const auto* stream : {"a-1", "b-1", "c-1", "b-1", "d-1"}) add(*store, stream, "x");
    {
        ConsumerGroup group{*store, "workers"};
        auto worker = group.join();
        REQUIRE(worker.poll().size() == 5);
        CHECK(worker.acknowledge(Position{4}) == 2);
        CHECK(group.done() == Position{});
    }
    store.reopen();
    CHECK(store->load_checkpoint("workers") == ReaderCheckpoint{Position{4}, {Position{1}, Position{3}}});
    ConsumerGroup group{*store, "workers"};
    auto worker = group.join();
    CHECK(told(worker.poll()) == Lines{"a-1@1 x", "c-1@1 x"});
    CHECK(told(worker.poll()) == Lines{"d-1@1 x"});
    ConsumerGroup others{*store, "others"};
    CHECK(others.join().poll().size() == 5);
}

TEST_CASE("a slow consumer does not let the others read ahead without bounds") {
    InMemory store;
    for (int count = 0; count < 1'000; ++count) add(*store, "s-" + std::to_string(count % 10), "x");
    ConsumerGroup group{*store, "workers", {.batch_events_max = 7, .window_events_max = 50}};
    auto slow = group.join();
    std::size_t taken = 0;
    for (auto batch = slow.poll(); !batch.empty(); batch = slow.poll()) taken += batch.size();
    CHECK(taken >= 50);
    CHECK(taken < 100);
    CHECK(group.open_events() == taken);
}

TEST_CASE("a batch is bounded in bytes, but holds one event in any case") {
    InMemory store;
    for (int count = 0; count < 6; ++count) add(*store, "a-1", std::string(1'000, 'x'));
    ConsumerGroup group{*store, "workers", {.batch_bytes_max = 2'500}};
    auto worker = group.join();
    CHECK(worker.poll().size() == 2);
    ConsumerGroup narrow{*store, "narrow", {.batch_bytes_max = 10}};
    auto other = narrow.join();
    CHECK(other.poll().size() == 1);
}

TEST_CASE("a filter that admits nothing of a long log saves a checkpoint all the same") {
    InMemory store;
    for (int count = 0; count < 12; ++count) {
        Commit commit{.metadata = {.time = Timestamp{1}}};
        commit.appends.push_back({"a-" + std::to_string(count), NoStream{}, {}});
        for (int i = 0; i < 1'000; ++i) commit.appends[0].events.push_back({"test.usual", 1, ""});
        REQUIRE(store->append_and_wait(commit));
    }
    ConsumerGroup group{*store, "rare", {.filter = {.types = {"test.rare"}}}};
    CHECK(group.join().poll().empty());
    CHECK(group.done() == store->head());
    REQUIRE(store->load_checkpoint("rare"));
    CHECK(store->load_checkpoint("rare")->seen >= Position{10'000});
}

TEST_CASE("waiting consumers wake for new events, freed streams, ended leases and the end of the store") {
    InMemory store;
    ConsumerGroup group{*store, "workers", {.lease = 20ms}};
    auto first = group.join();
    auto second = group.join();

    std::jthread writer{[&store] { add(*store, "a-1", "x"); }};
    CHECK(told(first.wait_next()) == Lines{"a-1@1 x"});
    writer.join();
    // The first one sleeps on it; its lease ends while the second one waits.
    CHECK(told(second.wait_next()) == Lines{"a-1@1 x"});
    CHECK(first.acknowledge(Position{1}) == 0);

    auto leaving = std::make_unique<Consumer>(std::move(second));
    std::jthread goes{[&leaving] { leaving.reset(); }};
    CHECK(told(first.wait_next()) == Lines{"a-1@1 x"});
    goes.join();
    CHECK(first.acknowledge(Position{1}) == 1);

    std::stop_source stop;
    std::jthread stopper{[&stop] { stop.request_stop(); }};
    CHECK(first.wait_next(stop.get_token()).empty());
    std::jthread closer{[&store] { store->close(); }};
    CHECK(first.wait_next().empty());
}

TEST_CASE("coroutines share a log as threads do, and each event is acknowledged once") {
    InMemory store;
    constexpr std::size_t total = 300;
    ConsumerGroup group{*store, "workers", {.batch_events_max = 4}};
    asio::io_context io;
    std::vector<std::uint64_t> acknowledged;
    const auto work = [](ConsumerGroup& from, std::vector<std::uint64_t>& done) -> asio::awaitable<void> {
        auto consumer = from.join();
        for (;;) {
            const auto batch = co_await consumer.next();
            if (batch.empty()) co_return;
            for (const auto& event : batch)
                if (consumer.acknowledge(event.position) == 1) done.push_back(event.position.value);
        }
    };
    std::vector<std::future<void>> workers;
    for (int count = 0; count < 3; ++count)
        workers.push_back(asio::co_spawn(io, work(group, acknowledged), asio::use_future));
    std::jthread writer{[&] {
        for (std::size_t count = 0; count < total; ++count) add(*store, "s-" + std::to_string(count % 7), "x");
        CHECK(eventually(20s, "every event is acknowledged", [&] { return group.done() >= Position{total}; }));
        store->close();
    }};
    io.run();
    for (auto& worker : workers) worker.get();
    std::ranges::sort(acknowledged);
    CHECK(acknowledged.size() == total);
    CHECK(std::ranges::adjacent_find(acknowledged) == acknowledged.end());
}

TEST_CASE_TEMPLATE("threads that come and go while the log grows acknowledge each event once, and in order", Store,
                   InMemory, OnDisk) {
    Store store;
    constexpr int streams = 5;
    constexpr int rounds = 80;
    ConsumerGroup group{*store, "workers", {.batch_events_max = 3, .window_events_max = 64}};
    std::mutex mutex;
    std::map<std::string, std::vector<std::uint64_t>> done;  // by stream, in the order of acknowledgement
    const auto work = [&](unsigned seed) {
        std::mt19937 random{seed};
        while (group.done() < Position{streams * rounds}) {
            auto consumer = group.join();
            bool gives_up = false;  // and leaves the rest to others
            for (int batches = 0; batches < 10 && !gives_up; ++batches) {
                const auto batch = consumer.poll();
                for (const auto& event : batch) {
                    gives_up = random() % 20 == 0;
                    if (gives_up) break;
                    const std::scoped_lock lock{mutex};
                    const auto count = consumer.acknowledge(event.position);
                    if (count && *count > 0) done[std::string{event.stream}].push_back(event.position.value);
                }
            }
        }
    };
    std::vector<std::jthread> workers;
    for (unsigned seed = 1; seed <= 4; ++seed) workers.emplace_back(work, seed);
    for (int round = 0; round < rounds; ++round)
        for (int stream = 0; stream < streams; ++stream) add(*store, "s-" + std::to_string(stream), "x");
    workers.clear();
    std::size_t all = 0;
    for (const auto& [stream, positions] : done) {
        CAPTURE(stream);
        CHECK(std::ranges::is_sorted(positions));
        CHECK(std::ranges::adjacent_find(positions) == positions.end());
        all += positions.size();
    }
    CHECK(all == streams * rounds);
}

}  // namespace sillok
