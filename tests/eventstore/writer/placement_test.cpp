// Where the events of an accepted commit stand, and which entries lead to them.
#include "eventstore/writer/placement.hpp"

#include "eventstore/storage/record.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

namespace sillok {

namespace {

constexpr GroupNumber third{3};

// A log of ten events in two streams.
struct Log {
    Placement placement{Position{10}, StreamNumber{2}, Timestamp{}};
    OpenGroup group;
    std::vector<AcceptedLog::Stream> streams;

    Log() { group.number = third; }

    Appended place(const Commit& commit, std::vector<AcceptedLog::Stream> before) {
        streams = std::move(before);
        return placement.place(commit, streams, group);
    }
    [[nodiscard]] Recorded event(std::size_t index) const {
        const auto& placed = group.events[index];
        return record::view_sealed(std::string_view{group.records}.substr(placed.offset, placed.length));
    }
};

constexpr AcceptedLog::Stream absent{};
constexpr AcceptedLog::Stream second_at_4{StreamNumber{2}, Version{4}, GroupNumber{1}};

}  // namespace

TEST_CASE("events follow the log's last position and their stream's last version") {
    Log log;
    auto commit = to("b", Version{4}, {"x", "y"});
    commit.appends.push_back(to("a", NoStream{}, {"z"}).appends[0]);
    const auto appended = log.place(commit, {second_at_4, absent});

    CHECK(appended.first == Position{11});
    CHECK(appended.last == Position{13});
    CHECK_FALSE(appended.repeated);
    CHECK(log.placement.last_position() == Position{13});
    const std::vector<std::string> expected{"b@5 x", "b@6 y", "a@1 z"};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto event = log.event(i);
        CHECK(std::string{event.stream} + "@" + std::to_string(event.version.value) + " " +
                  std::string{event.payload} ==
              expected[i]);
        CHECK(event.position == Position{11 + i});
        CHECK(event.commit_rest == 2 - i);
    }
}

TEST_CASE("a new stream gets the next number; every stream written to is remembered with its group") {
    Log log;
    log.place(to("a", NoStream{}, {"x"}), {absent});
    REQUIRE(log.group.new_streams.size() == 1);
    CHECK(log.group.new_streams[0].name == "a");
    CHECK(log.group.new_streams[0].number == StreamNumber{3});
    CHECK(log.streams[0].number == StreamNumber{3});
    CHECK(log.streams[0].version == Version{1});
    CHECK(log.streams[0].group == third);

    log.place(to("b", Version{4}, {"x"}), {second_at_4});
    CHECK(log.group.new_streams.size() == 1);
    CHECK(log.streams[0].number == StreamNumber{2});
}

TEST_CASE("a command's entry says where its events begin, or where the log ended when it made none") {
    Log log;
    log.place(by_command(1, to("a", NoStream{}, {"x", "y"})), {absent});
    auto refused = by_command(2, Commit{});
    refused.receipt = "no";
    CHECK(log.place(refused, {}).last == Position{0});
    REQUIRE(log.group.commands.size() == 2);
    CHECK(log.group.commands[0].known.first == Position{11});
    CHECK(log.group.commands[0].known.events == 2);
    CHECK(log.group.commands[1].known.first == Position{12});
    CHECK(log.group.commands[1].known.events == 0);
    CHECK(log.group.commands[1].known.receipt == "no");
    CHECK(log.group.commits == 2);
}

TEST_CASE("tags are recorded in ascending order, and each leads to its event") {
    Log log;
    auto commit = to("a", NoStream{}, {"x"});
    commit.appends[0].events[0].tags = {"b", "a"};
    log.place(commit, {absent});
    CHECK(log.event(0).tags.contains("a"));
    CHECK(*log.event(0).tags.begin() == "a");
    REQUIRE(log.group.tags.size() == 2);
    for (const auto& tag : log.group.tags) {
        CHECK(tag.position == Position{11});
        CHECK(tag.type == "test.happened");
    }
}

TEST_CASE("an event without an id gets one that follows from its command and position") {
    const auto id_of_event = [](std::uint64_t number, Position last) {
        Log log;
        log.placement = Placement{last, StreamNumber{2}, Timestamp{}};
        log.place(by_command(number, to("a", NoStream{}, {"x"})), {absent});
        CHECK(log.group.event_ids.empty());
        return log.event(0).event_id;
    };
    CHECK(id_of_event(1, Position{10}) == id_of_event(1, Position{10}));
    CHECK(id_of_event(1, Position{10}) != id_of_event(1, Position{11}));
    CHECK(id_of_event(1, Position{10}) != id_of_event(2, Position{10}));

    Log log;
    auto chosen = to("a", NoStream{}, {"x"});
    chosen.appends[0].events[0].event_id = command(7);
    log.place(chosen, {absent});
    CHECK(log.event(0).event_id == command(7));
    CHECK(log.event(0).id_was_chosen);
    REQUIRE(log.group.event_ids.size() == 1);
    CHECK(log.group.event_ids[0].position == Position{11});
}

TEST_CASE("events of a commit's further commands carry their own command id") {
    Log log;
    auto commit = by_command(1, to("a", NoStream{}, {"x"}));
    commit.appends.push_back(to("b", Version{4}, {"y"}).appends[0]);
    commit.appends[1].command_id = command(2);
    log.place(commit, {absent, second_at_4});
    CHECK(log.event(0).command_id == command(1));
    CHECK(log.event(1).command_id == command(2));
    CHECK(log.group.commands.size() == 1);
}

}  // namespace sillok
