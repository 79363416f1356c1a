// Events as they are stored and shown: the bytes that every event type has had since it was published, its
// JSON, and that bad bytes are an error and nothing worse.
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/codec/event_json.hpp"
#include "tests/aggregates/golden_file.hpp"
#include "tests/aggregates/samples.hpp"

#include <doctest/doctest.h>
#include <cereal/archives/portable_binary.hpp>

#include <filesystem>
#include <limits>
#include <random>
#include <set>
#include <sstream>

namespace sillok {
namespace {

const std::filesystem::path golden_directory = golden::directory("golden");

std::string golden_name(const NewEvent& event) { return event.type + ".v" + std::to_string(event.schema_version); }

// The names of all versions that the event ever had, newest first.
template <class Event>
std::vector<EventName> versions_of(const Event& event) {
    std::vector<EventName> names;
    std::visit([&names]<class E>(const E&) { each_version<E>([&names]<class Old>() { names.push_back(Old::name); }); },
               event);
    return names;
}

Recorded recorded(const NewEvent& event) {
    Recorded record;
    record.type = event.type;
    record.schema_version = event.schema_version;
    record.payload = event.payload;
    return record;
}

template <class T>
std::string by_cereal(const T& value) {
    std::ostringstream bytes;
    cereal::PortableBinaryOutputArchive archive{bytes};
    archive(value);
    return bytes.str();
}

}  // namespace

TEST_CASE("every event's bytes are those of its golden file, and the file gives the event again") {
    samples::each([]<class Event>(const Event& event) {
        const auto encoded = encode(event);
        const auto file = golden_directory / (golden_name(encoded) + ".hex");
        CAPTURE(file.filename().string());
        const auto bytes = golden::contents(file);
        CHECK(golden::hex_dump(encoded.payload) == bytes);
        const auto decoded = decode<Event>(encoded.type, encoded.schema_version, golden::bytes_of(bytes));
        REQUIRE(decoded);
        CHECK((*decoded == event));
    });
}

TEST_CASE("every version that an event ever had is still read from its golden file, and its JSON is that of its file") {
    samples::each([](const auto& event) {
        for (const auto& version : versions_of(event)) {
            NewEvent stored{std::string{version.type}, version.schema_version, {}};
            const auto file = golden_directory / golden_name(stored);
            CAPTURE(file.filename().string());
            stored.payload = golden::bytes_of(golden::contents(file.string() + ".hex"));
            const auto json = payload_json(recorded(stored));
            REQUIRE_MESSAGE(json, json.error().what);
            CHECK(json->dump(2) + '\n' == golden::contents(file.string() + ".json"));
        }
    });
}

TEST_CASE("no golden file is left without its event, and no two events share a name") {
    std::set<std::string> expected;
    samples::each([&expected](const auto& event) {
        for (const auto& version : versions_of(event)) {
            const auto name = golden_name({std::string{version.type}, version.schema_version, {}});
            CAPTURE(name);
            CHECK(expected.insert(name + ".hex").second);
            CHECK(expected.insert(name + ".json").second);
        }
    });
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{golden_directory})
        found.insert(entry.path().filename());
    CHECK(found == expected);
}

TEST_CASE("the bytes are cereal's portable binary form") {
    samples::each(
        [](const auto& event) { std::visit([](const auto& one) { CHECK(to_bytes(one) == by_cereal(one)); }, event); });
}

TEST_CASE("an event of another family, of another schema version or of no known type is not decoded") {
    const auto reserved = encode(stock::Stock::Event{samples::of<stock::event::Reserved>()});
    CHECK(decode<stock::Stock::Event>(reserved.type, 1, reserved.payload));
    CHECK_FALSE(decode<stock::Stock::Event>(reserved.type, 2, reserved.payload));
    CHECK_FALSE(decode<order::Order::Event>(reserved.type, 1, reserved.payload));
    const auto unknown = decode<stock::Stock::Event>("stock.stolen", 1, reserved.payload);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().what == "unknown event stock.stolen, schema version 1");
    CHECK(is_event_of<stock::Stock::Event>("stock.reserved"));
    CHECK_FALSE(is_event_of<stock::Stock::Event>("order.placed"));
    CHECK_FALSE(is_event_of<stock::Stock::Event>("stock.reserve"));
}

TEST_CASE("a payload that is cut off, or has more behind it, is damaged") {
    samples::each([]<class Event>(const Event& event) {
        const auto encoded = encode(event);
        CAPTURE(encoded.type);
        for (std::size_t length = 0; length < encoded.payload.size(); ++length)
            CHECK_FALSE(decode<Event>(encoded.type, encoded.schema_version,
                                      std::string_view{encoded.payload}.substr(0, length)));
        const auto longer = decode<Event>(encoded.type, encoded.schema_version, encoded.payload + '\0');
        REQUIRE_FALSE(longer);
        CHECK(longer.error().what ==
              "damaged payload of " + encoded.type + ", schema version " + std::to_string(encoded.schema_version));
    });
}

TEST_CASE("any bytes as a payload are read as an event or refused") {
    std::mt19937_64 random{20261120};
    samples::each([&random]<class Event>(const Event& event) {
        const auto encoded = encode(event);
        for (std::size_t at = 0; at < encoded.payload.size(); ++at) {
            for (const int flipped : {1, 0x80, 0xff}) {
                auto payload = encoded.payload;
                payload[at] = static_cast<char>(payload[at] ^ flipped);
                // What can be read at all is written as the same bytes again.
                if (const auto decoded = decode<Event>(encoded.type, encoded.schema_version, payload))
                    CHECK(encode(*decoded).payload == payload);
            }
        }
        for (int round = 0; round < 100; ++round) {
            std::string garbage(random() % 200, '\1');
            for (std::size_t at = 1; at < garbage.size(); ++at) garbage[at] = static_cast<char>(random());
            if (const auto decoded = decode<Event>(encoded.type, encoded.schema_version, garbage))
                CHECK(encode(*decoded).payload == garbage);
        }
    });
}

TEST_CASE("a size that is larger than the rest of the payload allocates nothing") {
    for (const auto size : {std::uint64_t{1'000}, std::uint64_t{1} << 32, std::numeric_limits<std::uint64_t>::max()}) {
        std::string announced = "\1";
        announced.append(reinterpret_cast<const char*>(&size), sizeof size);
        std::string text;
        CHECK_FALSE(from_bytes(announced, text));
        CHECK(text.empty());
        std::vector<order::Line> lines;
        CHECK_FALSE(from_bytes(announced, lines));
        CHECK(lines.empty());
        std::unordered_map<OrderId, Quantity> map;
        CHECK_FALSE(from_bytes(announced, map));
        std::vector<std::uint64_t> numbers;
        CHECK_FALSE(from_bytes(announced, numbers));
    }
}

TEST_CASE("equal states have equal bytes, however they came about") {
    stock::Stock::State one;
    stock::Stock::State other;
    for (int order = 0; order < 100; ++order) {
        one.reservations.set({"o-" + std::to_string(order)}, {order});
        other.reservations.set({"o-" + std::to_string(99 - order)}, {99 - order});
    }
    REQUIRE(one == other);
    CHECK(to_bytes(one) == to_bytes(other));
    stock::Stock::State back;
    REQUIRE(from_bytes(to_bytes(one), back));
    CHECK(back == one);
}

TEST_CASE("a recorded event shows everything that is known of it") {
    auto encoded = encode(stock::Stock::Event{samples::of<stock::event::Reserved>()});
    auto record = recorded(encoded);
    record.position = Position{17};
    record.version = Version{3};
    record.stream = "stock-tv";
    record.event_id = samples::command_id;
    record.time = samples::time;
    record.command_id = samples::command_id;
    record.actor = "saga:fulfilment";
    CHECK(event_json(record) == nlohmann::json::parse(R"({
        "position": 17, "stream": "stock-tv", "version": 3, "id": "0190b2c4-5d6e-7f80-9abc-def012345678",
        "type": "stock.reserved", "schemaVersion": 1, "time": "2026-11-20T16:00:00.123Z",
        "commandId": "0190b2c4-5d6e-7f80-9abc-def012345678", "correlationId": null, "causationId": null,
        "actor": "saga:fulfilment", "tags": [], "data": {"orderId": "o-1", "quantity": 3}
    })"));
}

TEST_CASE("an event that cannot be read says so in its place") {
    auto encoded = encode(stock::Stock::Event{samples::of<stock::event::Reserved>()});
    encoded.payload.pop_back();
    CHECK(event_json(recorded(encoded))["data"]["unreadable"] == "damaged payload of stock.reserved, schema version 1");
    encoded.type = "stock.stolen";
    CHECK(event_json(recorded(encoded))["data"]["unreadable"] == "unknown event stock.stolen, schema version 1");
    encoded.type = "stock.received";
    encoded.schema_version = 9;
    CHECK(event_json(recorded(encoded))["data"]["unreadable"] ==
          "stock.received schema version 9 was written by a newer Sillok; this one knows up to 1");
}

}  // namespace sillok
