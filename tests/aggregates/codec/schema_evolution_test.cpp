// The worked example of docs/schema-evolution.md: parcels (parcel.hpp), whose parcel.sent has changed twice. The guide
// quotes both files; a test at the end sees to it that it goes on doing so.
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/state_at.hpp"
#include "tests/aggregates/golden_file.hpp"
#include "tests/aggregates/parcel.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sillok {
namespace {

using parcel::Parcel;

const std::filesystem::path source{SILLOK_SOURCE_DIRECTORY};
constexpr const char* stream = "parcel-1";

// What was stored under an old version, as it was stored then.
NewEvent stored(std::uint16_t version) {
    const auto file = "parcel.sent.v" + std::to_string(version) + ".hex";
    return {"parcel.sent", version, golden::bytes_of(golden::contents(golden::directory("golden_parcel") / file))};
}

Parcel::Event decoded(const NewEvent& event) {
    const auto one = decode<Parcel::Event>(event.type, event.schema_version, event.payload);
    REQUIRE_MESSAGE(one, one.error().what);
    return *one;
}

std::string refusal(const NewEvent& event) {
    const auto one = decode<Parcel::Event>(event.type, event.schema_version, event.payload);
    REQUIRE_FALSE(one);
    return one.error().what;
}

void append(EventStore& store, Expected expected, std::vector<NewEvent> events) {
    Commit commit{.metadata = {.time = Timestamp{1}, .actor = "tester"}};
    commit.appends.push_back({stream, expected, std::move(events)});
    REQUIRE(store.append_and_wait(commit));
}

// The ```cpp blocks of a guide.
std::vector<std::string> code_blocks(const std::string& guide) {
    std::vector<std::string> blocks;
    std::istringstream lines{guide};
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) {
            inside = line == "```cpp";
            if (inside) blocks.emplace_back();
        } else if (inside) {
            blocks.back() += line + '\n';
        }
    }
    return blocks;
}

}  // namespace

TEST_CASE("a parcel sent under any version is read as one of today") {
    CHECK((decoded(stored(1)) == Parcel::Event{parcel::event::Sent{"Hong", 2'000, false}}));
    CHECK((decoded(stored(2)) == Parcel::Event{parcel::event::Sent{"Hong", 250, false}}));
    CHECK((decoded(stored(3)) == Parcel::Event{parcel::event::Sent{"Hong", 250, true}}));
}

TEST_CASE("what is written is of the newest version, and its bytes are those of its golden file") {
    const auto encoded = encode(Parcel::Event{parcel::event::Sent{"Hong", 250, true}});
    CHECK(encoded.schema_version == 3);
    CHECK(encoded.payload == stored(3).payload);
}

TEST_CASE("an aggregate is rebuilt from events of all versions") {
    InMemory store;
    append(*store, NoStream{}, {stored(1), stored(2), stored(3), encode(Parcel::Event{parcel::event::Arrived{}})});
    StateAt<Parcel> at;
    at.catch_up(*store, stream);
    CHECK(at.version == Version{4});
    CHECK(at.state == Parcel::State{.grams = 2'500, .express_grams = 250, .arrivals = 1});
}

TEST_CASE("an event of a version that only a newer program knows is refused by name") {
    CHECK(refusal({"parcel.sent", 7, stored(3).payload}) ==
          "parcel.sent schema version 7 was written by a newer Sillok; this one knows up to 3");
    InMemory store;
    append(*store, NoStream{}, {stored(3), {"parcel.sent", 7, "the bytes of a newer program"}});
    StateAt<Parcel> at;
    const auto reached = at.catch_up(*store, stream);
    REQUIRE_FALSE(reached);
    CHECK(text(reached.error()) ==
          "position 2, stream parcel-1: parcel.sent schema version 7 was written by a newer "
          "Sillok; this one knows up to 3");
    CHECK(at.version == Version{1});
}

TEST_CASE("an old payload is read by its own version's fields and no other") {
    CHECK(refusal({"parcel.sent", 2, stored(1).payload}) == "damaged payload of parcel.sent, schema version 2");
    CHECK(refusal({"parcel.sent", 2, stored(3).payload}) == "damaged payload of parcel.sent, schema version 2");
    CHECK(refusal({"parcel.sent", 1, stored(1).payload + '\0'}) == "damaged payload of parcel.sent, schema version 1");
    CHECK(refusal({"parcel.sent", 0, stored(1).payload}) == "parcel.sent has no schema version 0");
}

TEST_CASE("no golden file of a parcel is missing or left over, in any version") {
    std::vector<std::string> expected;
    each_version<parcel::event::Sent>([&]<class E>() {
        expected.push_back(std::string{E::name.type} + ".v" + std::to_string(E::name.schema_version) + ".hex");
    });
    CHECK(expected == Lines{"parcel.sent.v3.hex", "parcel.sent.v2.hex", "parcel.sent.v1.hex"});
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator{golden::directory("golden_parcel")}) {
        CHECK(std::ranges::find(expected, entry.path().filename().string()) != expected.end());
        ++found;
    }
    CHECK(found == expected.size());
}

TEST_CASE("the guide quotes the example word for word") {
    const auto guide = golden::contents(source / "docs/schema-evolution.md");
    const auto example = golden::contents(source / "tests/aggregates/parcel.hpp") +
                         golden::contents(source / "tests/aggregates/codec/schema_evolution_test.cpp");
    const auto blocks = code_blocks(guide);
    CHECK(blocks.size() >= 4);
    for (const auto& block : blocks) {
        CAPTURE(block);
        CHECK(example.find(block) != std::string::npos);
    }
}

}  // namespace sillok
