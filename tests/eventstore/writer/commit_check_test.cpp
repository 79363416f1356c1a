// Which commits may be accepted after which: on an empty disk, with what was accepted put into the log by hand.
#include "eventstore/writer/commit_check.hpp"

#include "eventstore/storage/memory_log.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace sillok {

namespace {

struct Accepted {
    MemoryLog storage;
    AcceptedLog log{storage, 100, 100};
    std::vector<AcceptedLog::Stream> streams;

    void stream(const std::string& name, std::uint64_t number, std::uint64_t version) {
        log.put_stream(name, {StreamNumber{number}, Version{version}, GroupNumber{1}});
    }
    std::optional<AppendError> refusal(const Commit& commit, Position end = Position{100}) {
        return find_violation(commit, end, log, streams);
    }
    std::optional<AcceptedCommit> repeated(const Commit& commit) { return find_repeated(commit, log).value(); }
};

Commit with_event_ids(std::vector<Uuid> ids) {
    auto commit = to("a", NoStream{}, {});
    for (const auto& id : ids)
        commit.appends[0].events.push_back({.type = "test.happened", .payload = "x", .event_id = id});
    return commit;
}

Commit on_tag(TagCondition condition) {
    auto commit = to("a", NoStream{}, {"x"});
    commit.conditions.tags.push_back(std::move(condition));
    return commit;
}

}  // namespace

TEST_CASE("a commit must expect each of its streams at the version that is accepted") {
    struct Row {
        std::uint64_t accepted;
        Expected expected;
        bool holds;
    };
    const Row rows[] = {
        {0, NoStream{}, true},  {0, Version{0}, false}, {0, Version{1}, false}, {3, NoStream{}, false},
        {3, Version{2}, false}, {3, Version{3}, true},  {3, Version{4}, false},
    };
    for (const auto& [accepted, expected, holds] : rows) {
        Accepted given;
        if (accepted > 0) given.stream("a", 1, accepted);
        const auto written = given.refusal(to("a", expected, {"x"}));
        auto condition = to("b", NoStream{}, {"x"});
        condition.conditions.streams.push_back({"a", expected});
        const auto read = given.refusal(condition);
        for (const auto& refusal : {written, read}) {
            REQUIRE(refusal.has_value() != holds);
            if (holds) continue;
            CHECK(refusal->code == errc::version_conflict);
            CHECK(refusal->offender == "a");
            CHECK(refusal->actual == Version{accepted});
        }
    }
}

TEST_CASE("a commit that may be accepted gets its streams as they are, in its order") {
    Accepted given;
    given.stream("b", 7, 2);
    auto commit = to("a", NoStream{}, {"x"});
    commit.appends.push_back(to("b", Version{2}, {"y"}).appends[0]);
    REQUIRE_FALSE(given.refusal(commit));
    REQUIRE(given.streams.size() == 2);
    CHECK(given.streams[0].version == Version{0});
    CHECK(given.streams[1].version == Version{2});
    CHECK(given.streams[1].number == StreamNumber{7});
}

TEST_CASE("an event with the tag, of a type that counts and after the position, is in the way") {
    Accepted given;
    given.log.put_tag({"email:anna", Position{4}, "customer.signedUp"}, GroupNumber{1});
    CHECK(given.refusal(on_tag({.tag = "email:anna"}))->code == errc::condition_failed);
    CHECK(given.refusal(on_tag({.tag = "email:anna"}))->position == Position{4});
    CHECK(given.refusal(on_tag({.tag = "email:anna", .types = {"x", "customer.signedUp"}, .after = Position{3}})));
    CHECK_FALSE(given.refusal(on_tag({.tag = "email:anna", .types = {"customer.left"}})));
    CHECK_FALSE(given.refusal(on_tag({.tag = "email:anna", .after = Position{4}})));
    CHECK_FALSE(given.refusal(on_tag({.tag = "email:ann"})));
}

TEST_CASE("a condition after the end of the log is refused with the end") {
    Accepted given;
    const auto refusal = given.refusal(on_tag({.tag = "t", .after = Position{8}}), Position{7});
    REQUIRE(refusal);
    CHECK(refusal->code == errc::beyond_end);
    CHECK(refusal->position == Position{7});
    CHECK_FALSE(given.refusal(on_tag({.tag = "t", .after = Position{7}}), Position{7}));
}

TEST_CASE("a command that is known has its first positions and its group") {
    Accepted given;
    given.log.put_command(command(1), {Position{5}, 3, {}}, GroupNumber{2});
    given.log.put_command(command(2), {Position{7}, 0, "refused"}, GroupNumber{3});
    const auto with_events = given.repeated(by_command(1, to("a", NoStream{}, {"x"})));
    REQUIRE(with_events);
    CHECK(with_events->appended.first == Position{5});
    CHECK(with_events->appended.last == Position{7});
    CHECK(with_events->appended.repeated);
    CHECK(with_events->group == GroupNumber{2});
    const auto without = given.repeated(by_command(2, to("a", NoStream{}, {"x"})));
    REQUIRE(without);
    CHECK(without->appended.last == Position{0});
    CHECK_FALSE(given.repeated(by_command(3, to("a", NoStream{}, {"x"}))));
}

TEST_CASE("events are repeated when all are known, adjacent and in order; a commit known in part is refused") {
    Accepted given;
    for (std::uint64_t number = 1; number <= 3; ++number)
        given.log.put_event_id(command(number), Position{10 + number}, GroupNumber{1});
    const auto code = [&](std::vector<Uuid> ids) -> std::optional<errc> {
        const auto found = find_repeated(with_event_ids(std::move(ids)), given.log);
        if (found) return std::nullopt;
        return found.error().code;
    };
    const auto repeated = given.repeated(with_event_ids({command(2), command(3)}));
    REQUIRE(repeated);
    CHECK(repeated->appended.first == Position{12});
    CHECK(repeated->appended.last == Position{13});
    CHECK(code({command(1), command(3)}) == errc::event_id_known);
    CHECK(code({command(1), command(4)}) == errc::event_id_known);
    CHECK(code({command(1), Uuid{}}) == errc::event_id_known);
    CHECK(code({command(4), command(4)}) == errc::event_id_known);
    CHECK_FALSE(given.repeated(with_event_ids({command(4), command(5)})));
}

}  // namespace sillok
