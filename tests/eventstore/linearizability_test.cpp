// Concurrent callers of one store, what each of them saw, and a checker that must find one story for it; then the same
// callers on stores that lie, where the same checker must find none.
#include "tests/eventstore/linearizable.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <latch>
#include <optional>
#include <random>
#include <thread>

namespace sillok {
namespace {

using linearizable::Answer;
using linearizable::AskVersion;
using linearizable::Content;
using linearizable::EventNumber;
using linearizable::History;
using linearizable::Operation;

constexpr std::size_t streams_count = 3;

std::string stream_name(std::size_t stream) { return "s-" + std::to_string(stream); }

// What one caller asked and was told, by stream.
class Caller {
   public:
    Caller(EventStore& store, std::atomic<std::uint64_t>& moment) : store_(store), moment_(moment) {}

    Answer append(std::size_t stream, std::uint64_t expected, std::size_t events) {
        linearizable::Append append;
        append.expected = expected;
        StreamAppend asked{stream_name(stream), expected == 0 ? Expected{NoStream{}} : Expected{Version{expected}}, {}};
        Operation operation{.called = ++moment_, .what = {}};
        for (std::size_t one = 0; one < events; ++one) {
            append.events.push_back(++moment_);  // a number that no other event has
            asked.events.push_back({"test.happened", 1, std::to_string(append.events.back())});
        }
        Commit commit{.metadata = {.time = Timestamp{1}}};
        commit.appends.push_back(std::move(asked));
        const auto appended = store_.append_and_wait(commit);
        if (appended) {
            append.answer = Answer::accepted;
        } else if (appended.error().code == errc::version_conflict) {
            append.answer = Answer::conflict;
            append.actual = appended.error().actual.value;
        }
        if (append.answer != Answer::none) operation.answered = ++moment_;
        const auto answer = append.answer;
        operation.what = std::move(append);
        histories[stream].push_back(std::move(operation));
        return answer;
    }

    Content read(std::size_t stream) {
        Operation operation{.called = ++moment_, .what = {}};
        linearizable::Read read;
        for (const auto& event : store_.read_stream(stream_name(stream), Version{1}, 100'000))
            read.seen.push_back(std::stoull(std::string{event.payload}));
        operation.answered = ++moment_;
        const auto seen = read.seen;
        operation.what = std::move(read);
        histories[stream].push_back(std::move(operation));
        return seen;
    }

    std::uint64_t ask_version(std::size_t stream) {
        Operation operation{.called = ++moment_, .what = {}};
        const auto seen = store_.version_of(stream_name(stream)).value;
        operation.answered = ++moment_;
        operation.what = AskVersion{seen};
        histories[stream].push_back(std::move(operation));
        return seen;
    }

    std::array<History, streams_count> histories;

   private:
    EventStore& store_;
    std::atomic<std::uint64_t>& moment_;
};

struct Crowd {
    unsigned seed = 1;
    std::size_t callers = 6;
    std::size_t operations = 120;  // of each
};

void call_at_random(Caller& caller, std::mt19937_64 random, const Crowd& crowd) {
    std::array<std::uint64_t, streams_count> believed{};
    for (std::size_t count = 0; count < crowd.operations; ++count) {
        const auto stream = random() % streams_count;
        const auto choice = random() % 10;
        if (choice < 5) {
            const auto events = 1 + random() % 3;
            if (caller.append(stream, believed[stream], events) == Answer::accepted) believed[stream] += events;
        } else if (choice < 8) {
            believed[stream] = caller.read(stream).size();
        } else {
            believed[stream] = caller.ask_version(stream);
        }
    }
}

// Concurrent callers, then one alone whose every result is known beforehand.
std::array<History, streams_count> histories_of(EventStore& store, const Crowd& crowd) {
    std::atomic<std::uint64_t> moment = 0;
    std::vector<Caller> callers(crowd.callers, Caller{store, moment});
    {
        std::mt19937_64 seeds{crowd.seed};
        std::vector<std::jthread> threads;
        for (auto& caller : callers)
            threads.emplace_back(
                [&caller, &crowd, seed = seeds()] { call_at_random(caller, std::mt19937_64{seed}, crowd); });
    }
    Caller alone{store, moment};
    for (int count = 0; count < 5; ++count) {
        for (std::size_t stream = 0; stream < streams_count; ++stream) {
            alone.append(stream, alone.read(stream).size(), 1);
            alone.read(stream);
            alone.ask_version(stream);
        }
    }
    callers.push_back(std::move(alone));
    std::array<History, streams_count> all;
    for (const auto& caller : callers)
        for (std::size_t stream = 0; stream < streams_count; ++stream)
            all[stream].insert(all[stream].end(), caller.histories[stream].begin(), caller.histories[stream].end());
    return all;
}

bool all_hold(const std::array<History, streams_count>& histories) {
    return std::ranges::all_of(histories, linearizable::holds);
}

std::size_t count(const std::array<History, streams_count>& histories, Answer answer) {
    std::size_t found = 0;
    for (const auto& history : histories)
        for (const auto& operation : history)
            if (const auto* append = std::get_if<linearizable::Append>(&operation.what))
                found += append->answer == answer ? 1 : 0;
    return found;
}

// Every so often a reading of a stream ends before its newest event.
class StaleLog final : public LentLog {
   public:
    using LentLog::LentLog;
    void scan_stream(StreamNumber stream, Version from, const Visit& visit) const override {
        std::vector<std::pair<Position, std::string>> records;
        LentLog::scan_stream(stream, from, [&records](Position position, std::string_view record) {
            records.emplace_back(position, record);
            return true;
        });
        if (!records.empty() && ++readings_ % 4 == 0) records.pop_back();
        for (const auto& [position, record] : records)
            if (!visit(position, record)) return;
    }

   private:
    mutable std::atomic<std::uint64_t> readings_ = 0;
};

// From some write on, it says that all is well and keeps nothing.
class ForgetfulLog final : public LentLog {
   public:
    ForgetfulLog(LogStorage& log, std::uint64_t writes) : LentLog(log), writes_left_(writes) {}
    std::expected<void, std::string> write(const CommitGroup& group) override {
        if (writes_left_ == 0) return {};
        --writes_left_;
        return LentLog::write(group);
    }

   private:
    std::uint64_t writes_left_;
};

// When asked where a stream ends, it names the version before.
class MiscountingLog final : public LentLog {
   public:
    using LentLog::LentLog;
    [[nodiscard]] std::optional<StreamHead> find_stream(std::string_view name) const override {
        auto head = LentLog::find_stream(name);
        if (head) head->version = Version{head->version.value - 1};
        return head;
    }
};

// Shows its third write before it is durable; then that fails, and the log takes it back or not.
class HastyLog final : public LentLog {
   public:
    HastyLog(LogStorage& kept, bool takes_back) : LentLog(kept), takes_back_(takes_back) {}
    std::latch shown{1};
    std::latch seen{1};

    std::expected<void, std::string> write(const CommitGroup& group) override {
        (void)shown_.write(group);
        if (++writes_ < 3) return LentLog::write(group);
        shown.count_down();
        seen.wait();
        took_back_ = takes_back_;
        return std::unexpected("the disk is gone");
    }
    [[nodiscard]] std::optional<StreamHead> find_stream(std::string_view name) const override {
        return took_back_ ? LentLog::find_stream(name) : shown_.find_stream(name);
    }
    void scan_stream(StreamNumber stream, Version from, const Visit& visit) const override {
        took_back_ ? LentLog::scan_stream(stream, from, visit) : shown_.scan_stream(stream, from, visit);
    }

   private:
    const bool takes_back_;
    int writes_ = 0;
    std::atomic<bool> took_back_ = false;
    MemoryLog shown_;
};

// Fails from some write on, and what failed is not there.
class BreakingLog final : public LentLog {
   public:
    BreakingLog(LogStorage& log, int writes) : LentLog(log), left_(writes) {}
    std::expected<void, std::string> write(const CommitGroup& group) override {
        if (left_-- <= 0) return std::unexpected("no space left on device");
        return LentLog::write(group);
    }

   private:
    int left_;
};

Operation append(std::uint64_t called, std::uint64_t answered, std::uint64_t expected, Content events,
                 Answer answer = Answer::accepted, std::uint64_t actual = 0) {
    return {called, answered, linearizable::Append{expected, std::move(events), answer, actual}};
}
Operation read(std::uint64_t called, std::uint64_t answered, Content seen) {
    return {called, answered, linearizable::Read{std::move(seen)}};
}
Operation version(std::uint64_t called, std::uint64_t answered, std::uint64_t seen) {
    return {called, answered, AskVersion{seen}};
}

}  // namespace

TEST_CASE("the checker knows a history that can be told as one story") {
    using linearizable::holds;
    using linearizable::never;
    CHECK(holds({}));
    CHECK(holds({append(1, 2, 0, {7}), read(3, 4, {7}), version(5, 6, 1)}));
    // While an append is under way, it may be seen or not; of two that overlap, either may be the first.
    CHECK(holds({append(1, 6, 0, {7}), read(2, 3, {}), read(4, 5, {7})}));
    CHECK(holds({append(1, 4, 0, {7}), append(2, 5, 1, {8}), read(6, 7, {7, 8})}));
    CHECK(holds({append(1, 4, 1, {7}), append(2, 5, 0, {8}), read(6, 7, {8, 7})}));
    CHECK(holds({append(1, 2, 0, {7}), append(3, 4, 0, {8}, Answer::conflict, 1)}));
    // Without an answer it may have happened, or not, or happen later.
    CHECK(holds({append(1, never, 0, {7}, Answer::none), read(2, 3, {})}));
    CHECK(holds({append(1, never, 0, {7}, Answer::none), read(2, 3, {}), read(4, 5, {7})}));
}

TEST_CASE("the checker knows a history that cannot") {
    using linearizable::holds;
    using linearizable::never;
    CHECK_FALSE(holds({append(1, 2, 0, {7}), read(3, 4, {})}));
    CHECK_FALSE(holds({append(1, 2, 0, {7}), append(3, 4, 0, {8})}));
    CHECK_FALSE(holds({append(1, 4, 0, {7}), append(2, 5, 0, {8})}));
    CHECK_FALSE(holds({append(1, 6, 0, {7}), read(2, 3, {7}), read(4, 5, {})}));
    CHECK_FALSE(holds({append(1, never, 0, {7}, Answer::none), read(2, 3, {7}), read(4, 5, {})}));
    CHECK_FALSE(holds({append(1, 2, 0, {7, 8}), read(3, 4, {7})}));
    CHECK_FALSE(holds({append(1, 2, 0, {7, 8}), read(3, 4, {8, 7})}));
    CHECK_FALSE(holds({append(1, 2, 0, {7}), version(3, 4, 2)}));
    CHECK_FALSE(holds({append(1, 2, 0, {7}, Answer::conflict, 1)}));
    CHECK_FALSE(holds({append(1, 2, 0, {7}), append(3, 4, 1, {8}, Answer::conflict, 1)}));
    // Told of a conflict with an event, one finds it when one looks.
    CHECK_FALSE(holds({append(1, 6, 0, {7}), append(2, 3, 0, {8}, Answer::conflict, 1), read(4, 5, {})}));
}

TEST_CASE_TEMPLATE("what concurrent callers of one log see can be told as one story for each stream", Store, InMemory,
                   OnDisk) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        Store store{EventStoreOptions{.heads_max = seed % 2 == 0 ? 200'000u : 1u}};
        const auto histories = histories_of(*store, {.seed = seed});
        CHECK(count(histories, Answer::accepted) > 50);
        CHECK(count(histories, Answer::conflict) > 50);
        CHECK(count(histories, Answer::none) == 0);
        for (const auto& history : histories) CHECK_MESSAGE(linearizable::holds(history), linearizable::told(history));
    }
}

TEST_CASE("a log that fails in the middle still tells one story, in which what failed never was") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        MemoryLog log;
        EventStore store{std::make_unique<BreakingLog>(log, 3 + static_cast<int>(seed))};
        const auto histories = histories_of(store, {.seed = seed});
        CHECK(count(histories, Answer::none) > 0);
        for (const auto& history : histories) CHECK_MESSAGE(linearizable::holds(history), linearizable::told(history));
    }
}

TEST_CASE("a store that returns an outdated state is caught") {
    MemoryLog log;
    EventStore store{std::make_unique<StaleLog>(log)};
    CHECK_FALSE(all_hold(histories_of(store, {})));
}

TEST_CASE("a store that loses what it has acknowledged is caught") {
    MemoryLog log;
    EventStore store{std::make_unique<ForgetfulLog>(log, 20)};
    CHECK_FALSE(all_hold(histories_of(store, {})));
}

TEST_CASE("a store that acknowledges one version twice is caught, and one that was only opened again is not") {
    for (const bool miscounts : {false, true}) {
        CAPTURE(miscounts);
        TemporaryDirectory directory;
        const auto disk = RocksLog::open(directory.path() / "log", RocksLog::Mode::create).value();
        std::atomic<std::uint64_t> moment = 0;
        History history;
        const auto keep = [&history](const Caller& caller) {
            history.insert(history.end(), caller.histories[0].begin(), caller.histories[0].end());
        };
        {
            EventStore store{std::make_unique<LentLog>(*disk)};
            Caller caller{store, moment};
            REQUIRE(caller.append(0, 0, 1) == Answer::accepted);
            REQUIRE(caller.append(0, 1, 1) == Answer::accepted);
            keep(caller);
        }
        std::unique_ptr<LogStorage> lent = std::make_unique<LentLog>(*disk);
        if (miscounts) lent = std::make_unique<MiscountingLog>(*disk);
        EventStore store{std::move(lent)};
        Caller caller{store, moment};
        CHECK(caller.append(0, 1, 1) == (miscounts ? Answer::accepted : Answer::conflict));
        caller.read(0);
        keep(caller);
        CHECK(linearizable::holds(history) != miscounts);
    }
}

TEST_CASE("a store that shows an event and takes it back is caught, and one that keeps it is not") {
    for (const bool takes_back : {false, true}) {
        CAPTURE(takes_back);
        MemoryLog kept;
        auto lent = std::make_unique<HastyLog>(kept, takes_back);
        auto& log = *lent;
        EventStore store{std::move(lent)};
        std::atomic<std::uint64_t> moment = 0;
        Caller writer{store, moment};
        Caller reader{store, moment};
        REQUIRE(writer.append(0, 0, 1) == Answer::accepted);
        REQUIRE(writer.append(0, 1, 1) == Answer::accepted);
        std::jthread appending{[&writer] { writer.append(0, 2, 1); }};
        log.shown.wait();
        CHECK(reader.read(0).size() == 3);
        log.seen.count_down();
        appending.join();
        CHECK(reader.read(0).size() == (takes_back ? 2 : 3));
        auto history = writer.histories[0];
        history.insert(history.end(), reader.histories[0].begin(), reader.histories[0].end());
        CHECK(linearizable::holds(history) != takes_back);
    }
}

}  // namespace sillok
