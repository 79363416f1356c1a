// One command's steps, without a log and without threads: which step follows which, and what result stands at the end.
#include "aggregates/attempt.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sillok {
namespace {

// A log and an aggregate that do as they are told. `steps` is the record.
struct Script {
    std::vector<Verdict> verdicts;  // one for each decision; the last one again for further decisions
    Position head{};
    Position readable_at{};  // the other writer's events can be read once the head is there
    Version stream_version{};
    std::optional<errc> log_fails{};
    bool known_meanwhile = false;  // the log has got the command's receipt from somewhere else
    std::string steps{};
};

struct Scripted {
    Script* script;

    Verdict decide() {
        script->steps += "decide ";
        auto verdict = script->verdicts.front();
        if (script->verdicts.size() > 1) script->verdicts.erase(script->verdicts.begin());
        return verdict;
    }
    void catch_up() { script->steps += "catch-up "; }
    Accepted first_result(const Accepted& present) {
        script->steps += "look-up ";
        return {present.version, present.position, true, "the first receipt"};
    }
    [[nodiscard]] std::string stream() const { return "stock-tv"; }
    [[nodiscard]] Version durable_version() const {
        return script->head >= script->readable_at ? script->stream_version : Version{};
    }
    [[nodiscard]] Position head() const { return script->head; }
};

Verdict accepted_at(std::uint64_t position) { return {Accepted{Version{1}, Position{position}}, Position{position}}; }
Verdict rejected_at(std::uint64_t position) {
    return {std::unexpected(Rejection{Rejection::insufficient_stock, 0}), Position{position}};
}
Verdict repeated_at(std::uint64_t position) {
    return {Accepted{Version{1}, Position{position}, true}, Position{position}};
}
Verdict behind(std::uint64_t version) {
    Verdict verdict{std::unexpected(AppendError{errc::version_conflict, "stock-tv", Version{version}}), Position{1}};
    verdict.behind = Version{version};
    return verdict;
}
Verdict only_a_receipt() {
    Verdict verdict{Accepted{Version{1}, Position{1}}, Position{1}};
    verdict.receipt_only = Commit{.receipt = "nothing new"};
    return verdict;
}

std::expected<void, errc> wait(Script& script, Position position) {
    if (script.log_fails) return std::unexpected(*script.log_fails);
    script.head = position;
    return {};
}

// Does what the attempt asks for, as execute() would; records the steps.
CommandResult executed(Script& script) {
    Attempt attempt{Scripted{&script}};
    while (true) {
        const auto step = attempt.next();
        if (const auto* readable = std::get_if<attempt::WaitReadable>(&step)) {
            script.steps += "readable:" + std::to_string(readable->position.value) + ' ';
            attempt.waited(wait(script, readable->position));
        } else if (const auto* durable = std::get_if<attempt::WaitDurable>(&step)) {
            script.steps += "durable:" + std::to_string(durable->position.value) + ' ';
            attempt.waited(wait(script, durable->position));
        } else if (const auto* append = std::get_if<attempt::Append>(&step)) {
            script.steps += "append ";
            CHECK(append->commit.receipt == "nothing new");
            if (script.log_fails)
                attempt.appended(std::unexpected(AppendError{*script.log_fails}));
            else
                attempt.appended(Appended{.first = {}, .last = {}, .repeated = script.known_meanwhile});
        } else {
            auto result = attempt.result();
            script.steps += "done";
            return result;
        }
    }
}

template <class Error>
const Error* error(const CommandResult& result) {
    return result ? nullptr : std::get_if<Error>(&result.error());
}

}  // namespace

TEST_CASE("which steps a command takes") {
    struct Case {
        std::string what;
        Script script;
        std::string steps;
    };
    const std::vector<Case> cases{
        {"durable already", {.verdicts = {accepted_at(5)}, .head = Position{5}}, "decide done"},
        {"ahead of the disk", {.verdicts = {accepted_at(5)}, .head = Position{2}}, "decide durable:5 done"},
        {"rejected on durable events", {.verdicts = {rejected_at(2)}, .head = Position{2}}, "decide done"},
        {"rejected on events ahead of the disk",
         {.verdicts = {rejected_at(4)}, .head = Position{2}},
         "decide durable:4 done"},
        {"repeated, its events ahead of the disk",
         {.verdicts = {repeated_at(4)}, .head = Position{2}},
         "decide durable:4 look-up done"},
        {"a receipt alone", {.verdicts = {only_a_receipt()}, .head = Position{2}}, "decide append done"},
        {"a receipt alone, known meanwhile",
         {.verdicts = {only_a_receipt()}, .head = Position{2}, .known_meanwhile = true},
         "decide append look-up done"},
        {"behind another writer whose events can be read",
         {.verdicts = {behind(2), accepted_at(3)}, .head = Position{3}, .stream_version = Version{2}},
         "decide catch-up decide done"},
        {"behind another writer whose events are two positions ahead of the disk",
         {.verdicts = {behind(2), accepted_at(9)},
          .head = Position{3},
          .readable_at = Position{5},
          .stream_version = Version{2}},
         "decide readable:4 readable:5 catch-up decide durable:9 done"},
        {"behind twice",
         {.verdicts = {behind(2), behind(3), rejected_at(3)}, .head = Position{3}, .stream_version = Version{3}},
         "decide catch-up decide catch-up decide done"},
        {"the log stops before the events are durable",
         {.verdicts = {accepted_at(5)}, .log_fails = errc::closed},
         "decide durable:5 done"},
        {"the log stops while the other writer's events are waited for",
         {.verdicts = {behind(2)}, .readable_at = Position{9}, .log_fails = errc::closed},
         "decide readable:1 done"},
        {"the log stops before the receipt is kept",
         {.verdicts = {only_a_receipt()}, .log_fails = errc::closed},
         "decide append done"},
    };
    for (auto [what, script, steps] : cases) {
        CAPTURE(what);
        const auto result = executed(script);
        CHECK(script.steps == steps);
        if (script.log_fails) {
            REQUIRE(error<AppendError>(result));
            CHECK(error<AppendError>(result)->code == errc::closed);
        }
    }
}

TEST_CASE("a command that always meets another writer gives up with the conflict") {
    Script script{.verdicts = {behind(2)}, .head = Position{3}, .stream_version = Version{2}};
    const auto result = executed(script);
    REQUIRE(error<AppendError>(result));
    CHECK(error<AppendError>(result)->code == errc::version_conflict);
    std::string steps = "decide ";
    for (int count = 0; count < catch_ups_max; ++count) steps += "catch-up decide ";
    CHECK(script.steps == steps + "done");
}

TEST_CASE("a repeated command has its first result and its first receipt") {
    Script script{.verdicts = {repeated_at(4)}};
    const auto result = executed(script);
    REQUIRE(result);
    CHECK(result->repeated);
    CHECK(result->receipt == "the first receipt");
    CHECK(result->position == Position{4});
}

TEST_CASE("a rejection and its details come through") {
    Script script{.verdicts = {rejected_at(4)}};
    const auto result = executed(script);
    REQUIRE(error<Rejection>(result));
    CHECK(*error<Rejection>(result) == Rejection{Rejection::insufficient_stock, 0});
}

TEST_CASE("a caller that does not wait for the disk has the result at once") {
    Script script{.verdicts = {accepted_at(5)}, .head = Position{2}};
    Attempt attempt{Scripted{&script}};
    CHECK(std::holds_alternative<attempt::WaitDurable>(attempt.next()));
    const auto result = attempt.result();
    REQUIRE(result);
    CHECK(result->position == Position{5});
}

}  // namespace sillok
