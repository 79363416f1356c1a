// A log as lines of text: complete, readable by others, and refused where a line is not what follows.
#include "tools/import/event_transfer.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

std::string exported(const LogStorage& log) {
    char* text = nullptr;
    std::size_t bytes = 0;
    std::FILE* file = open_memstream(&text, &bytes);
    export_log(log, file);
    std::fclose(file);
    std::string lines{text, bytes};
    std::free(text);
    return lines;
}

// Everything that an event can be: several streams to a commit, tags, an id of its own, bytes that are no text.
struct Filled {
    EventStore store{std::make_unique<MemoryLog>()};
    Filled();
};
Filled::Filled() {
    Commit plain;
    plain.appends.push_back({"a-1", NoStream{}, {{"test.plain", 1, "{}"}}});
    REQUIRE(store.append_and_wait(plain));
    Commit rich;
    rich.metadata = {.time = Timestamp{-17},
                     .command_id = uuid_v7(1, 2, 3),
                     .correlation_id = uuid_v7(4, 5, 6),
                     .causation_id = uuid_v7(7, 8, 9),
                     .actor = std::string{"\xff\x00 not text", 11}};
    rich.appends.push_back(
        {"a-1",
         Version{1},
         {{"test.tagged", 65535, std::string{"\x00\x80\xfe", 3}, {"z:1", "b:2"}, uuid_v7(5, 5, 5)}}});
    rich.appends.push_back(
        {"b%25-2", NoStream{}, {{"test.empty", 0, ""}, {"test.more", 2, "\"more\"\n"}}, uuid_v7(6, 6, 6)});
    rich.receipt = std::string{"an answer\x01"};
    REQUIRE(store.append_and_wait(rich));
    Commit last;
    last.metadata.actor = "saga:fulfilment";
    last.appends.push_back({"a-1", Version{2}, {{"test.plain", 1, "end"}}});
    REQUIRE(store.append_and_wait(last));
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    return text;
}

// Why these lines are not imported; empty when they are.
std::string refusal(const std::string& text) {
    MemoryLog log;
    std::istringstream stream{text};
    const auto imported = import_log(stream, log);
    return imported ? "" : imported.error();
}

}  // namespace

TEST_CASE("an event with every possible content comes back, and a second export equals the first") {
    const Filled original;
    const auto lines = exported(original.store.storage());
    MemoryLog copy;
    std::istringstream stream{lines};
    const auto imported = import_log(stream, copy);
    REQUIRE_MESSAGE(imported, imported.error());
    CHECK(imported->position == Position{5});
    const auto before = verify_log(original.store.storage()), after = verify_log(copy);
    CHECK(after.ok());
    CHECK(after.chain_hash == before.chain_hash);
    CHECK(after.root == before.root);
    CHECK(copy.find_command(uuid_v7(1, 2, 3))->receipt == "an answer\x01");
    CHECK(copy.find_event_id(uuid_v7(5, 5, 5)) == Position{2});
    CHECK(exported(copy) == lines);
}

TEST_CASE("an import keeps the log id, begins an epoch, and says of each event in which it was written") {
    const Filled original;
    const auto& identity = original.store.identity();
    auto lines = exported(original.store.storage());
    MemoryLog copy;
    std::istringstream first{lines};
    REQUIRE(import_log(first, copy));
    CHECK(copy.identity().log_id == identity.log_id);
    CHECK(copy.identity().epoch() > identity.epoch());
    CHECK(copy.identity().began() == Position{5});
    CHECK(exported(copy) == lines);

    // What is written then is of the new epoch, also in a copy of the copy.
    auto second_log = std::make_shared<MemoryLog>();
    std::istringstream again{lines};
    REQUIRE(import_log(again, *second_log));
    CHECK(second_log->identity().epoch() != copy.identity().epoch());
    EventStore second{second_log};
    Commit more;
    more.appends.push_back({"c-1", NoStream{}, {{"test.plain", 1, "{}"}}});
    REQUIRE(second.append_and_wait(more));
    lines = exported(second.storage());
    CHECK(Json::parse(split(lines)[4]).at("epoch") == "1");
    CHECK(Json::parse(split(lines)[5]).at("epoch") == std::to_string(second.identity().epoch().value));
    MemoryLog third;
    std::istringstream of_two{lines};
    REQUIRE(import_log(of_two, third));
    CHECK(third.identity().epochs.size() == 3);
    CHECK(third.identity().epoch() > second.identity().epoch());
    CHECK(exported(third) == lines);
}

TEST_CASE("an export without log ids becomes a log with an id of its own") {
    const Filled original;
    auto lines = split(exported(original.store.storage()));
    for (auto& line : lines) {
        auto event = Json::parse(line);
        const bool is_end = event.at("type") == "sillok.export.end";
        CHECK(event.erase("logid") + event.erase("epoch") == (is_end ? 0 : 2));
        line = event.dump();
    }
    MemoryLog copy;
    std::istringstream stream{joined(lines)};
    REQUIRE(import_log(stream, copy));
    CHECK_FALSE(copy.identity().log_id.is_nil());
    CHECK(copy.identity().log_id != original.store.identity().log_id);
    CHECK(copy.identity().epoch() == first_epoch);
}

TEST_CASE("every line is a CloudEvent that others can read") {
    const Filled log;
    for (const auto& line : split(exported(log.store.storage()))) {
        const auto event = Json::parse(line);
        CHECK(event.at("specversion") == "1.0");
        for (const auto* required : {"id", "source", "type", "subject", "time"})
            CHECK(event.at(required).get<std::string>() != "");
        for (const auto& [name, value] : event.items()) {
            CHECK(std::ranges::all_of(name, [](unsigned char c) { return std::islower(c) || std::isdigit(c); }));
            CHECK((name == "data" || value.is_primitive()));
        }
    }
}

TEST_CASE("the first line that does not continue the log is named, with the reason") {
    const Filled log;
    const auto lines = split(exported(log.store.storage()));
    const auto with = [&](std::size_t line, const std::string& name, const Json& value) {
        auto changed = lines;
        auto event = Json::parse(changed[line - 1]);
        if (value.is_null())
            event.erase(name);
        else
            event[name] = value;
        changed[line - 1] = event.dump();
        return refusal(joined(changed));
    };
    CHECK(refusal(joined(lines)).empty());
    CHECK(refusal("").empty());
    const std::string another = "the chain hash is another one: this event or the one before is not the original";
    const std::pair<const char*, Json> changes[] = {{"payload", "e30="},
                                                    {"version", "9"},
                                                    {"timems", "5"},
                                                    {"subject", "a-2"},
                                                    {"type", "test.other"},
                                                    {"tags", "b:2"},
                                                    {"idchosen", false},
                                                    {"schemaversion", 3},
                                                    {"commitrest", 1},
                                                    {"actorbase64", "/w=="},
                                                    {"causationid", Json{}},
                                                    {"chainhash", std::string(64, 'a')},
                                                    {"commandid", uuid_v7(1, 1, 1).text()},
                                                    {"id", uuid_v7(1, 1, 1).text()}};
    for (const auto& [name, value] : changes) {
        CAPTURE(name);
        CHECK(with(2, name, value) == "line 2: " + another);
    }
    CHECK(with(3, "position", "7") == "line 3: position 7 follows 2");
    CHECK(with(3, "position", 3) == "line 3: position is no text");
    CHECK(with(3, "subject", "a b") == "line 3: stream-name-invalid: a b");
    CHECK(with(3, "payload", "!") == "line 3: payload is no base64");
    CHECK(with(3, "specversion", "0.3") == "line 3: this is no CloudEvent of version 1.0");
    CHECK(with(4, "schemaversion", 65536) == "line 4: schemaversion is no number up to 65535");
    CHECK(with(4, "type", Json{}) == "line 4: type is missing");
    CHECK(with(2, "data", "something else").empty());  // for readers only

    auto changed = lines;
    std::swap(changed[1], changed[2]);
    CHECK(refusal(joined(changed)) == "line 2: position 3 follows 1");
    changed = lines;
    changed.erase(changed.begin());
    CHECK(refusal(joined(changed)) == "line 1: position 2 follows 0");
    changed = lines;
    changed.resize(3);
    CHECK(refusal(joined(changed)) == "line 4: the last commit is not whole");
    changed = lines;
    changed[3] = "{\"specversion\"";
    CHECK(refusal(joined(changed)) == "line 4: this is no JSON");
    changed[3] = "{\"commitrest\":4e999}";
    CHECK(refusal(joined(changed)) == "line 4: this is no JSON");
    changed[3] = lines[3] + std::string{"\0junk", 5};
    CHECK(refusal(joined(changed)) == "line 4: this is no JSON");
    changed[3] = "[]";
    CHECK(refusal(joined(changed)) == "line 4: this is no JSON object");
    changed[3] = std::string(100'000, '[');
    CHECK(refusal(joined(changed)) == "line 4: it is nested too deep");
}

TEST_CASE("a data directory goes out as lines and comes in as another one, hash for hash") {
    const LogDirectory log;
    log.grow(600);
    const auto lines = log.directory.path() / "events.jsonl";
    const auto data = log.data.string();
    const auto copy = (log.directory.path() / "copy").string();
    const auto json_of = [](const Ended& ended) {
        REQUIRE_MESSAGE(ended.status == 0, ended.err);
        return Json::parse(ended.out);
    };
    CHECK(run_program({"events", "export", "--data", data, "--to", lines.string()}).status == 0);
    const auto again = run_program({"events", "export", "--data", data, "--to", lines.string()});
    CHECK(again.status == 1);
    CHECK(again.err == "sillok: " + lines.string() +
                           " cannot be made: File exists; choose another path, or replace it with --force\n");
    const auto imported =
        json_of(run_program({"events", "import", "--data", copy, "--from", lines.string(), "--json"}));
    CHECK(imported.at("events") == 600);
    const auto before = json_of(run_program({"verify", "--data", data, "--json"}));
    auto after = json_of(run_program({"verify", "--data", copy, "--json"}));
    CHECK(after.at("epoch") != before.at("epoch"));  // the copy may go on differently
    after["epoch"] = before.at("epoch");
    CHECK(after == before);
    CHECK(imported.at("chainHash") == before.at("chainHash"));
    std::ifstream file{lines};
    const std::string written{std::istreambuf_iterator<char>{file}, {}};
    CHECK(run_program({"events", "export", "--data", copy}).out == written);

    const auto into_itself = run_program({"events", "import", "--data", copy, "--from", lines.string()});
    CHECK(into_itself.status == 1);
    CHECK(into_itself.err == "sillok: " + copy + " is not an empty directory; choose a path where nothing is yet\n");
    auto changed = split(written);
    std::swap(changed[500], changed[501]);
    std::ofstream{lines} << joined(changed);
    const auto other = log.directory.path() / "other";
    const auto refused = run_program({"events", "import", "--data", other.string(), "--from", lines.string()});
    CHECK(refused.status == 1);
    CHECK(refused.err == "sillok: line 501: position 502 follows 500\n");
    CHECK_FALSE(fs::exists(other));
    CHECK(run_program({"events", "import", "--data", other.string(), "--from", "/nowhere"}).err ==
          "sillok: cannot open /nowhere: No such file or directory\n");
}

}  // namespace sillok
