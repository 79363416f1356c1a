// Appending and reading: order, atomicity, idempotency, limits and failure.
#include "eventstore/limits.hpp"
#include "eventstore/proof/verify.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <thread>

namespace sillok {

TEST_CASE_TEMPLATE("a stream's events are numbered without gaps, and so is the log", Store, InMemory, OnDisk) {
    Store store;
    CHECK(store->append_and_wait(to("a-1", NoStream{}, {"one", "two"}))->last == Position{2});
    CHECK(store->append_and_wait(to("b-1", NoStream{}, {"three"}))->first == Position{3});
    const auto appended = store->append_and_wait(to("a-1", Version{2}, {"four"}));
    REQUIRE(appended);
    CHECK(appended->first == Position{4});
    CHECK(store->head() == Position{4});
    CHECK(store->version_of("a-1") == Version{3});
    CHECK(told(store->read_stream("a-1", Version{1}, 10)) == Lines{"a-1@1 one", "a-1@2 two", "a-1@3 four"});
    CHECK(told(store->read_log(Position{0}, 10)) == Lines{"a-1@1 one", "a-1@2 two", "b-1@1 three", "a-1@3 four"});
}

TEST_CASE_TEMPLATE("a stream is found in any order of names, and no new one is mistaken for it", Store, InMemory,
                   OnDisk) {
    Store store{{.heads_max = 16}};  // most names have to be looked up, or to be known as new
    std::mt19937_64 random{17};
    std::map<std::string, std::uint64_t> versions;
    for (int i = 0; i < 3'000; ++i) {
        if (random() % 500 == 0) store.reopen();
        // Names that ascend, as ids with a time do, a little out of order; and others.
        const auto number = random() % 4 == 0 ? random() % 3'000 : static_cast<std::uint64_t>(i) + random() % 5;
        auto digits = std::to_string(number);
        digits.insert(0, 6 - digits.size(), '0');
        const auto name = std::array{"order-", "saga-fulfilment-", "x~"}[random() % 3] + digits;
        auto& version = versions[name];
        CHECK(store->is_new(name) == (version == 0));
        const auto wrong = version == 0 ? Expected{Version{1}} : Expected{NoStream{}};
        CHECK_FALSE(store->propose(to(name, wrong, {"wrong"})));
        const auto right = version == 0 ? Expected{NoStream{}} : Expected{Version{version}};
        REQUIRE(store->propose(to(name, right, {"event"})));
        ++version;
        if (random() % 8 == 0) REQUIRE(store->append_and_wait(to("wait-" + std::to_string(i), NoStream{}, {"event"})));
    }
    REQUIRE(store->append_and_wait(to("last-1", NoStream{}, {"event"})));
    for (const auto& [name, version] : versions) CHECK(store->version_of(name).value == version);
    CHECK(verify_log(store->storage()).ok());
}

TEST_CASE_TEMPLATE("streams and the log are read backwards and in parts", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(to("a-1", NoStream{}, {"one", "two", "three"})));
    REQUIRE(store->append_and_wait(to("b-1", NoStream{}, {"four"})));
    CHECK(told(store->read_stream_back("a-1", Version{3}, 2)) == Lines{"a-1@3 three", "a-1@2 two"});
    CHECK(told(store->read_stream("a-1", Version{2}, 1)) == Lines{"a-1@2 two"});
    CHECK(told(store->read_log_back(Position{4}, 2)) == Lines{"b-1@1 four", "a-1@3 three"});
    CHECK(told(store->read_log(Position{2}, 1)) == Lines{"a-1@3 three"});
    CHECK(store->read_stream("absent-1", Version{1}, 10).empty());
    CHECK(store->read_stream("a-1", Version{4}, 10).empty());
    CHECK(store->read_log(Position{4}, 10).empty());
}

TEST_CASE_TEMPLATE("an expectation that does not hold is refused and changes nothing", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(to("a-1", NoStream{}, {"one"})));
    const auto refused = [&](Commit commit, Version actual) {
        const auto appended = store->append_and_wait(commit);
        REQUIRE_FALSE(appended);
        CHECK(appended.error().code == errc::version_conflict);
        CHECK(appended.error().offender == "a-1");
        CHECK(appended.error().actual == actual);
    };
    refused(to("a-1", NoStream{}, {"x"}), Version{1});
    refused(to("a-1", Version{2}, {"x"}), Version{1});
    refused(to("a-1", Version{0}, {"x"}), Version{1});
    auto two = to("b-1", NoStream{}, {"x"});
    two.appends.push_back({"a-1", Version{7}, events({"x"})});
    refused(two, Version{1});
    CHECK(store->head() == Position{1});
    CHECK(store->version_of("b-1") == Version{0});
    CHECK(store->append_and_wait(to("b-1", Version{0}, {"x"})).error().code == errc::version_conflict);
}

TEST_CASE_TEMPLATE("a commit to several streams is one whole", Store, InMemory, OnDisk) {
    Store store;
    auto both = to("a-1", NoStream{}, {"one"});
    both.appends.push_back({"b-1", NoStream{}, events({"two", "three"})});
    const auto appended = store->append_and_wait(both);
    REQUIRE(appended);
    CHECK(appended->first == Position{1});
    CHECK(appended->last == Position{3});
    store.reopen();
    CHECK(told(store->read_log(Position{0}, 10)) == Lines{"a-1@1 one", "b-1@1 two", "b-1@2 three"});
}

TEST_CASE_TEMPLATE("everything is there after the store is opened again", Store, InMemory, OnDisk) {
    Store store;
    auto commit = by_command(1, to("a-1", NoStream{}, {"one"}));
    commit.metadata.correlation_id = command(2);
    commit.metadata.causation_id = command(3);
    commit.metadata.time = Timestamp{1'790'000'000'123};
    REQUIRE(store->append_and_wait(commit));
    const auto before = store->read_log(Position{0}, 1);
    store.reopen();
    CHECK(store->head() == Position{1});
    const auto after = store->read_log(Position{0}, 1);
    REQUIRE(after.size() == 1);
    CHECK(after[0].chain_hash == before[0].chain_hash);
    CHECK(after[0].event_id == before[0].event_id);
    CHECK_FALSE(after[0].event_id.is_nil());
    CHECK(after[0].command_id == command(1));
    CHECK(after[0].correlation_id == command(2));
    CHECK(after[0].causation_id == command(3));
    CHECK(after[0].time == Timestamp{1'790'000'000'123});
    CHECK(after[0].type == "test.happened");
    CHECK(after[0].actor == "tester");
    REQUIRE(store->append_and_wait(to("a-1", Version{1}, {"two"})));
    REQUIRE(store->append_and_wait(to("b-1", NoStream{}, {"three"})));
    CHECK(told(store->read_stream("b-1", Version{1}, 9)) == Lines{"b-1@1 three"});
}

TEST_CASE_TEMPLATE("a repeated command finds its first positions, however late", Store, InMemory, OnDisk) {
    Store store{EventStoreOptions{.heads_max = 4, .commands_max = 4}};
    REQUIRE(store->append_and_wait(by_command(1, to("a-1", NoStream{}, {"one", "two"}))));
    const auto repeat = [&] {
        const auto again = store->append_and_wait(by_command(1, to("a-1", NoStream{}, {"one", "two"})));
        REQUIRE(again);
        CHECK(again->repeated);
        CHECK(again->first == Position{1});
        CHECK(again->last == Position{2});
    };
    repeat();
    for (std::uint64_t i = 0; i < 20; ++i)  // long enough for memory to have forgotten it
        REQUIRE(store->append_and_wait(by_command(100 + i, to("b-" + std::to_string(i), NoStream{}, {"x"}))));
    repeat();
    store.reopen();
    repeat();
    CHECK(store->head() == Position{22});
    CHECK_FALSE(store->find_command(command(999)));
}

TEST_CASE_TEMPLATE("a receipt is kept with its command, in the same write", Store, InMemory, OnDisk) {
    Store store;
    auto commit = by_command(1, to("a-1", NoStream{}, {"one"}));
    commit.receipt = "the answer";
    REQUIRE(store->append_and_wait(commit));
    Commit refusal{.metadata = {.command_id = command(2)}, .receipt = "no"};
    const auto remembered = store->append_and_wait(refusal);
    REQUIRE(remembered);
    CHECK(remembered->last == Position{0});
    store.reopen();
    CHECK(store->find_command(command(1))->receipt == "the answer");
    CHECK(store->find_command(command(1))->first == Position{1});
    CHECK(store->find_command(command(2))->receipt == "no");
    CHECK(store->find_command(command(2))->events == 0);
    CHECK(store->append_and_wait(refusal)->repeated);

    asio::io_context io;
    auto replaced = asio::co_spawn(io, store->replace_receipt(command(1), "a later answer"), asio::use_future);
    io.run();
    CHECK(replaced.get());
    store.reopen();
    CHECK(store->find_command(command(1))->receipt == "a later answer");
    CHECK(store->find_command(command(1))->events == 1);
}

TEST_CASE_TEMPLATE("what does not fit is refused by name, and nothing is written", Store, InMemory, OnDisk) {
    Store store;
    const auto refused = [&](const Commit& commit, errc code) {
        const auto appended = store->append_and_wait(commit);
        REQUIRE_FALSE(appended);
        CHECK(name(appended.error().code) == name(code));
    };
    refused(to("", NoStream{}, {"x"}), errc::stream_name_invalid);
    refused(to("a b", NoStream{}, {"x"}), errc::stream_name_invalid);
    refused(to(std::string(256, 'a'), NoStream{}, {"x"}), errc::stream_name_invalid);
    refused(to("\xc3\xa4", NoStream{}, {"x"}), errc::stream_name_invalid);
    refused(to("a-1", NoStream{}, {}), errc::commit_empty);
    refused(Commit{}, errc::commit_empty);
    refused(Commit{.receipt = "of no command"}, errc::commit_empty);
    auto twice = to("a-1", NoStream{}, {"x"});
    twice.appends.push_back(twice.appends.front());
    refused(twice, errc::stream_repeated);
    auto typed = to("a-1", NoStream{}, {"x"});
    typed.appends[0].events[0].type = "with space";
    refused(typed, errc::event_type_invalid);
    auto large = to("a-1", NoStream{}, {std::string(limits::event_bytes_max + 1, 'x')});
    refused(large, errc::event_too_large);
    auto many = to("a-1", NoStream{}, {});
    many.appends[0].events.resize(limits::commit_events_max + 1, {"test.happened", 1, "x"});
    refused(many, errc::commit_too_large);
    auto heavy = to("a-1", NoStream{}, {});
    heavy.appends[0].events.resize(17, {"test.happened", 1, std::string(limits::event_bytes_max, 'x')});
    refused(heavy, errc::commit_too_large);
    auto acted = to("a-1", NoStream{}, {"x"});
    acted.metadata.actor = std::string(256, 'a');
    refused(acted, errc::actor_invalid);
    CHECK(store->head() == Position{0});
    CHECK(store->append_and_wait(to("a-1", NoStream{}, {std::string(limits::event_bytes_max, 'x')})));
}

TEST_CASE_TEMPLATE("many threads on few streams lose and double nothing", Store, InMemory, OnDisk) {
    Store store{EventStoreOptions{.recent_bytes_max = 4096, .heads_max = 4, .commands_max = 16}};
    constexpr int threads = 8;
    constexpr int rounds = 100;
    std::atomic<int> accepted = 0;
    std::vector<std::jthread> appenders;
    for (int t = 0; t < threads; ++t)
        appenders.emplace_back([&, t] {
            std::mt19937 random(static_cast<unsigned>(t));
            for (int i = 0; i < rounds; ++i) {
                const auto stream = "s-" + std::to_string(random() % 20);
                for (bool done = false; !done;) {
                    const auto version = store->version_of(stream);
                    const Expected expected = version == Version{0} ? Expected{NoStream{}} : Expected{version};
                    done = store->append_and_wait(to(stream, expected, {"x"})).has_value();
                }
                ++accepted;
            }
        });
    appenders.clear();
    CHECK(accepted == threads * rounds);
    CHECK(store->head() == Position{threads * rounds});
    std::map<std::string, std::uint64_t> versions;
    Position last;
    for (auto batch = store->read_log(last, 64); !batch.empty(); batch = store->read_log(last, 64))
        for (const auto& event : batch) {
            CHECK(event.position == next(last));
            CHECK(event.version.value == ++versions[std::string{event.stream}]);
            last = event.position;
        }
    CHECK(last == Position{threads * rounds});
}

TEST_CASE_TEMPLATE("what is proposed together becomes durable in its order", Store, InMemory, OnDisk) {
    Store store;
    const auto first = store->propose(to("a-1", NoStream{}, {"one"}));
    const auto second = store->propose(to("a-1", Version{1}, {"two"}));  // does not wait for the first
    REQUIRE(first);
    REQUIRE(second);
    CHECK(store->wait_durable(second->last));
    CHECK(store->head() >= first->last);
    asio::io_context io;
    auto appended = asio::co_spawn(io, store->append(to("a-1", Version{2}, {"three"})), asio::use_future);
    io.run();
    CHECK(appended.get()->last == Position{3});
}

namespace {

// A disk that takes `writes` groups, and no more.
class BreakingLog final : public LentLog {
   public:
    BreakingLog(LogStorage& log, int writes) : LentLog(log), left_(writes) {}
    std::expected<void, std::string> write(const CommitGroup& group) override {
        if (left_-- <= 0) return std::unexpected("no space left on device");
        return LentLog::write(group);
    }
    std::expected<void, std::string> put_snapshot(std::string_view, const Snapshot&) override {
        return std::unexpected("no space left on device");
    }

   private:
    std::atomic<int> left_;
};

}  // namespace

TEST_CASE("a log whose disk failed accepts nothing more, says so, and can still be read") {
    MemoryLog log;
    EventStore store{std::make_unique<BreakingLog>(log, 2)};
    REQUIRE(store.append_and_wait(to("a-1", NoStream{}, {"one"})));
    REQUIRE(store.append_and_wait(to("a-1", Version{1}, {"two"})));
    CHECK(store.accepting());
    const auto lost = store.append_and_wait(to("a-1", Version{2}, {"three"}));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == errc::log_unavailable);
    CHECK_FALSE(store.accepting());
    CHECK(store.failure() == "no space left on device");
    CHECK(store.propose(to("b-1", NoStream{}, {"x"})).error().code == errc::log_unavailable);
    CHECK(store.wait_durable(Position{3}).error() == errc::log_unavailable);
    CHECK(store.wait_durable(Position{2}));
    CHECK(told(store.read_log(Position{0}, 9)) == Lines{"a-1@1 one", "a-1@2 two"});
}

TEST_CASE("a snapshot that cannot be written stops the log as well") {
    MemoryLog log;
    EventStore store{std::make_unique<BreakingLog>(log, 1)};
    REQUIRE(store.append_and_wait(to("a-1", NoStream{}, {"one"})));
    store.save_snapshot("a-1", {Fingerprint{1}, Version{1}, Position{1}, "state"});
    CHECK(store.propose(to("a-1", Version{1}, {"x"})).error().code == errc::log_unavailable);
}

namespace {

// A disk that does not finish a write before the test allows it.
class SlowLog final : public LentLog {
   public:
    SlowLog(LogStorage& log, std::atomic<bool>& released) : LentLog(log), released_(released) {}
    std::expected<void, std::string> write(const CommitGroup& group) override {
        released_.wait(false);
        return LentLog::write(group);
    }

   private:
    std::atomic<bool>& released_;
};

}  // namespace

TEST_CASE("a slow disk makes the store refuse commits before memory runs full, and nothing is visible early") {
    std::atomic<bool> released = false;
    MemoryLog log;
    EventStore store{std::make_unique<SlowLog>(log, released), {.waiting_bytes_max = 64 * 1024}};
    int accepted = 0;
    errc refusal{};
    for (int i = 0; i < 1000; ++i) {
        const auto proposed = store.propose(to("a-" + std::to_string(i), NoStream{}, {std::string(1000, 'x')}));
        if (!proposed) {
            refusal = proposed.error().code;
            break;
        }
        ++accepted;
    }
    CHECK(refusal == errc::overloaded);
    CHECK(accepted > 10);
    CHECK(accepted < 100);
    CHECK(store.head() == Position{0});
    released = true;
    released.notify_all();
    CHECK(store.wait_durable(Position{static_cast<std::uint64_t>(accepted)}));
    CHECK(store.propose(to("late-1", NoStream{}, {"x"})));
}

TEST_CASE("a closing store makes durable what it accepted and refuses the rest") {
    OnDisk store;
    REQUIRE(store->propose(to("a-1", NoStream{}, {"one"})));
    store->close();
    CHECK(store->propose(to("b-1", NoStream{}, {"x"})).error().code == errc::closed);
    CHECK(store->wait_durable(Position{1}));
    CHECK(store->wait_durable(Position{2}).error() == errc::closed);
    store.reopen();
    CHECK(told(store->read_log(Position{0}, 9)) == Lines{"a-1@1 one"});
}

TEST_CASE_TEMPLATE("snapshots are kept by stream, found, listed and dropped", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(to("a-1", NoStream{}, {"one", "two"})));
    CHECK_FALSE(store->load_snapshot("a-1"));
    store->save_snapshot("a-1", {Fingerprint{1}, Version{1}, Position{1}, "older"});
    store->save_snapshot("a-1", {Fingerprint{9}, Version{2}, Position{2}, "state"});
    store.reopen();
    const auto snapshot = store->load_snapshot("a-1");
    REQUIRE(snapshot);
    CHECK(snapshot->fingerprint == Fingerprint{9});
    CHECK(snapshot->version == Version{2});
    CHECK(snapshot->position == Position{2});
    CHECK(snapshot->state == "state");
    Lines listed;
    store->each_snapshot([&](const StoredSnapshot& each) {
        listed.push_back(each.stream);
        return true;
    });
    CHECK(listed == Lines{"a-1"});
    store->drop_snapshot("a-1");
    CHECK_FALSE(store->load_snapshot("a-1"));
}

TEST_CASE_TEMPLATE("streams are listed by prefix with their last version", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(to("order-2", NoStream{}, {"x"})));
    REQUIRE(store->append_and_wait(to("order-1", NoStream{}, {"x", "y"})));
    REQUIRE(store->append_and_wait(to("stock-1", NoStream{}, {"x"})));
    Lines listed;
    store->each_stream("order-", [&](std::string_view name, Version version) {
        listed.push_back(std::string{name} + "@" + std::to_string(version.value));
        return true;
    });
    CHECK(listed == Lines{"order-1@2", "order-2@1"});
}

TEST_CASE_TEMPLATE("an event's time is never before that of the event before it, also after a restart", Store, InMemory,
                   OnDisk) {
    Store store;
    const auto at = [&store](std::int64_t time) {
        auto commit = to("s-" + std::to_string(store->head().value), NoStream{}, {"x", "y"});
        commit.metadata.time = Timestamp{time};
        REQUIRE(store->append_and_wait(commit));
    };
    at(1'000);
    at(400);
    at(2'000);
    store.reopen();
    at(7);
    at(2'001);
    std::vector<std::int64_t> times;
    for (const auto& event : store->read_log(Position{0}, 100)) times.push_back(event.time.value);
    CHECK(times == std::vector<std::int64_t>{1'000, 1'000, 1'000, 1'000, 2'000, 2'000, 2'000, 2'000, 2'001, 2'001});
    CHECK(store->storage().head().time == Timestamp{2'001});
}

}  // namespace sillok
