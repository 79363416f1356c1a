// Commits accepted one after another, ahead of the disk.
#include "eventstore/writer/sequencer.hpp"

#include "eventstore/storage/memory_log.hpp"
#include "eventstore/writer/sealer.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

namespace sillok {

namespace {

struct Log {
    explicit Log(std::size_t kept = 100) : sequencer{storage, kept, kept} {}
    MemoryLog storage;
    Sequencer sequencer;

    std::expected<AcceptedCommit, AppendError> accept(const Commit& commit) { return sequencer.accept(commit); }
};

}  // namespace

TEST_CASE("a commit sees those accepted before it, durable or not") {
    Log log;
    CHECK(log.sequencer.is_new("a"));
    CHECK(log.accept(to("a", NoStream{}, {"x"}))->appended.last == Position{1});
    CHECK_FALSE(log.sequencer.is_new("a"));
    CHECK(log.accept(to("a", NoStream{}, {"y"})).error().actual == Version{1});
    log.sequencer.take_open();
    CHECK(log.accept(to("a", Version{1}, {"y"}))->appended.last == Position{2});
}

TEST_CASE("a refused commit leaves nothing in the open group") {
    Log log;
    REQUIRE(log.accept(to("a", NoStream{}, {"x"})));
    auto commit = by_command(1, to("b", NoStream{}, {"y"}));
    commit.conditions.streams.push_back({"a", NoStream{}});
    CHECK(log.accept(commit).error().code == errc::version_conflict);
    CHECK(log.sequencer.open().events.size() == 1);
    CHECK(log.sequencer.open().commands.empty());
    CHECK(log.sequencer.open().commits == 1);
    CHECK_FALSE(log.sequencer.find_command(command(1)));
    CHECK(log.sequencer.is_new("b"));
}

TEST_CASE("groups are numbered 1, 2, 3, and a repeated command names the group of its first time") {
    Log log;
    const auto commit = by_command(1, to("a", NoStream{}, {"x"}));
    CHECK(log.accept(commit)->group == GroupNumber{1});
    CHECK(log.sequencer.take_open().number == GroupNumber{1});
    CHECK(log.accept(to("b", NoStream{}, {"x"}))->group == GroupNumber{2});
    const auto again = log.accept(commit);
    REQUIRE(again);
    CHECK(again->appended.repeated);
    CHECK(again->group == GroupNumber{1});
}

TEST_CASE("entries that are not durable are never forgotten, however little is kept") {
    Log log{1};
    for (std::uint64_t i = 0; i < 100; ++i)
        REQUIRE(log.accept(by_command(i + 1, to("s-" + std::to_string(i), NoStream{}, {"x"}))));
    for (std::uint64_t i = 0; i < 100; ++i) {
        CHECK(log.sequencer.find_command(command(i + 1)));
        CHECK_FALSE(log.sequencer.is_new("s-" + std::to_string(i)));
    }
}

TEST_CASE("a tag counts between the write of its group and the moment in which that is known") {
    Log log;
    auto tagged = to("a", NoStream{}, {"x"});
    tagged.appends[0].events[0].tags = {"t"};
    REQUIRE(log.accept(tagged));
    auto conditional = to("b", NoStream{}, {"y"});
    conditional.conditions.tags.push_back({.tag = "t"});
    CHECK(log.accept(conditional).error().code == errc::condition_failed);

    auto group = log.sequencer.take_open();
    const auto sealed = Sealer{log.storage}.seal(group);
    CommitGroup written;
    written.entries = {{Position{1}, StreamNumber{1}, Version{1}, sealed->records}};
    written.new_streams = group.new_streams;
    written.tags = group.tags;
    REQUIRE(log.storage.write(written));
    CHECK(log.accept(conditional).error().code == errc::condition_failed);
    log.sequencer.durable_up_to(group.number);
    CHECK(log.accept(conditional).error().code == errc::condition_failed);
}

TEST_CASE("a replaced receipt is found at once and written with the open group") {
    Log log;
    REQUIRE(log.accept(by_command(1, to("a", NoStream{}, {"x"}))));
    log.sequencer.take_open();
    CHECK(log.sequencer.replace_receipt(command(1), "done"));
    CHECK_FALSE(log.sequencer.replace_receipt(command(2), "done"));
    CHECK(log.sequencer.find_command(command(1))->receipt == "done");
    REQUIRE(log.sequencer.open().commands.size() == 1);
    CHECK(log.sequencer.open().commands[0].known.receipt == "done");
    CHECK(log.sequencer.open().commands[0].known.first == Position{1});
}

}  // namespace sillok
