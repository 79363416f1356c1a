// Snapshots cannot lie: what they mean is in their fingerprint, what they say is checked against the events, and what
// means nothing any more is made again.
#include "aggregates/aggregate_snapshots.hpp"
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/codec/fields_schema.hpp"
#include "aggregates/command_processor.hpp"
#include "aggregates/snapshot_refresh.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "tests/aggregates/golden_file.hpp"
#include "tests/aggregates/samples.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace sillok {
namespace box {

enum class Lid : std::uint8_t { shut, open };
std::string_view text(Lid lid) { return lid == Lid::shut ? "shut" : lid == Lid::open ? "open" : "unknown"; }

enum class OtherLid : std::uint8_t { open, shut };
std::string_view text(OtherLid lid) {
    return lid == OtherLid::shut ? "shut" : lid == OtherLid::open ? "open" : "unknown";
}

struct Opened {
    static constexpr EventName name{"box.opened", 1};
    static void fields(auto&, auto&&) {}
};

struct Fields {
    std::int64_t weight = 0;
    Lid lid = Lid::shut;
    static void fields(auto& self, auto&& visit) {
        visit("weight", self.weight);
        visit("lid", self.lid);
    }
};
struct Renamed : Fields {
    static void fields(auto& self, auto&& visit) {
        visit("mass", self.weight);
        visit("lid", self.lid);
    }
};
struct Swapped : Fields {
    static void fields(auto& self, auto&& visit) {
        visit("lid", self.lid);
        visit("weight", self.weight);
    }
};
struct Fewer : Fields {
    static void fields(auto& self, auto&& visit) { visit("weight", self.weight); }
};
struct Narrower {
    std::int32_t weight = 0;
    Lid lid = Lid::shut;
    static void fields(auto& self, auto&& visit) {
        visit("weight", self.weight);
        visit("lid", self.lid);
    }
};
struct OtherWords {
    std::int64_t weight = 0;
    OtherLid lid = OtherLid::shut;
    static void fields(auto& self, auto&& visit) {
        visit("weight", self.weight);
        visit("lid", self.lid);
    }
};
template <class Inner>
struct Nested {
    std::vector<Inner> inner;
    static void fields(auto& self, auto&& visit) { visit("inner", self.inner); }
};

// A decider of nothing but a State and a state_version.
template <class Fields, std::uint32_t Version = 1>
struct Box {
    using Id = sillok::Id<struct BoxIdTag>;
    using Event = std::variant<Opened>;
    using Command = std::variant<Opened>;
    using State = Fields;
    static constexpr std::string_view category = "box";
    static constexpr std::uint32_t state_version = Version;
    static Decision<Box> decide(const State&, const Command&) { return happened<Box>(Opened{}); }
    static bool follows(const State&, const Event&) { return true; }
    static State evolve(State state, const Event&) { return state; }
};

}  // namespace box

namespace {

using stock::Stock;

void receive(EventStore& store, const std::string& product, int times) {
    CommandProcessor<Stock> stocks{store, {.states_max = 100, .snapshot_events = 1'000'000}};
    for (int count = 0; count < times; ++count)
        REQUIRE(stocks.submit({product}, stock::command::Receive{{1}}, {.metadata = {}, .if_match = {}}));
    REQUIRE(store.wait_durable(Position{static_cast<std::uint64_t>(times)}));
}

StateAt<Stock> state_of(EventStore& store, const std::string& stream, Version until = newest) {
    StateAt<Stock> at;
    at.catch_up(store, stream, until);
    return at;
}

StoredSnapshot loaded(EventStore& store, const std::string& stream) {
    return {stream, store.load_snapshot(stream).value()};
}

Snapshot of_an_older_program(Snapshot snapshot) {
    snapshot.fingerprint = Fingerprint{snapshot.fingerprint.value ^ 1};
    snapshot.state = "fields that nobody knows any more";
    return snapshot;
}

// The states that evolve makes of one event of every type, one after another.
template <Decider D>
std::string states_made() {
    std::string dump;
    typename D::State state{};
    const auto happen = [&](const typename D::Event& event) {
        state = D::evolve(std::move(state), event);
        dump += "# after " + encode(event).type + '\n' + golden::hex_dump(to_bytes(state));
    };
    samples::each_of(std::type_identity<typename D::Event>{}, [&](const typename D::Event& event) {
        // What was released is reserved again before it can be committed.
        if constexpr (std::is_same_v<D, Stock>)
            if (std::holds_alternative<stock::event::Committed>(event)) happen(samples::of<stock::event::Reserved>());
        happen(event);
    });
    return dump;
}

template <Decider D>
void check_states(std::set<std::string>& files) {
    const auto name = std::string{D::category} + ".state.v" + std::to_string(D::state_version) + ".hex";
    CAPTURE(name);
    files.insert(name);
    // Another result for the same events: raise state_version and let the golden file have the new name.
    CHECK(states_made<D>() == golden::contents(golden::directory("golden_states") / name));
}

}  // namespace

TEST_CASE("a fingerprint is another one as soon as a field or the state's version is") {
    using namespace box;
    const std::set<Fingerprint> all{
        snapshot_fingerprint<Box<Fields>>(),         snapshot_fingerprint<Box<Fields, 2>>(),
        snapshot_fingerprint<Box<Renamed>>(),        snapshot_fingerprint<Box<Swapped>>(),
        snapshot_fingerprint<Box<Fewer>>(),          snapshot_fingerprint<Box<Narrower>>(),
        snapshot_fingerprint<Box<OtherWords>>(),     snapshot_fingerprint<Box<Nested<Fields>>>(),
        snapshot_fingerprint<Box<Nested<Renamed>>>()};
    CHECK(all.size() == 9);
    CHECK(fields_schema<Fields>() == "{weight:i64,lid:u8|0shut|1open|2unknown}");
    CHECK(fields_schema<Nested<Fewer>>() == "{inner:[{weight:i64}]}");
}

TEST_CASE("a change of evolve must raise the state's version") {
    std::set<std::string> expected;
    check_states<product::Product>(expected);
    check_states<Stock>(expected);
    check_states<order::Order>(expected);
    check_states<payment::Payment>(expected);
    check_states<delivery::Delivery>(expected);
    check_states<customer::Customer>(expected);
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{golden::directory("golden_states")})
        found.insert(entry.path().filename());
    CHECK(found == expected);
}

TEST_CASE_TEMPLATE("a snapshot that tells another story than the events is found, however well it is made", Store,
                   InMemory, OnDisk) {
    Store store;
    receive(*store, "tv", 20);
    const auto true_one = state_of(*store, "stock-tv", Version{10});
    store->save_snapshot("stock-tv", true_one.snapshot());
    CHECK_FALSE(flaw_of(*store, loaded(*store, "stock-tv")));

    auto lie = true_one;
    std::string what;
    SUBCASE("in its state") {
        lie.state.on_hand = {11};
        what = "its state is not the one that the events give";
    }
    SUBCASE("in what it is a state of") {
        lie.version = Version{11};
        lie.position = Position{11};
        what = "its state is not the one that the events give";
    }
    SUBCASE("in its position") {
        lie.position = Position{9};
        what = "it names another position than the log";
    }
    SUBCASE("in its version, which the stream does not have") {
        lie.version = Version{21};
        what = "it is of version 21, but the stream ends at 20";
    }
    store->save_snapshot("stock-tv", lie.snapshot());  // with the checksum that its bytes have
    REQUIRE(is_usable(loaded(*store, "stock-tv")));
    CHECK(flaw_of(*store, loaded(*store, "stock-tv")) == what);
}

TEST_CASE("a snapshot whose fields are cut off is found, although its checksum is right") {
    InMemory store;
    receive(*store, "tv", 3);
    auto cut = state_of(*store, "stock-tv").snapshot();
    cut.state.pop_back();
    store->save_snapshot("stock-tv", cut);
    CHECK(flaw_of(*store, loaded(*store, "stock-tv")) == "it cannot be read by this program");
}

TEST_CASE_TEMPLATE("snapshots of an older program are made again beside the running one", Store, InMemory, OnDisk) {
    Store store;
    receive(*store, "tv", 20);
    const auto today = state_of(*store, "stock-tv").snapshot();
    store->save_snapshot("stock-tv", of_an_older_program(today));
    store->save_snapshot("stock-never-heard-of", of_an_older_program(today));
    store->save_snapshot("invoice-1", of_an_older_program(today));
    REQUIRE_FALSE(is_usable(loaded(*store, "stock-tv")));

    SnapshotRefresh{*store}.finish();
    const auto again = loaded(*store, "stock-tv");
    REQUIRE(is_usable(again));
    CHECK(again.snapshot.version == Version{20});
    CHECK_FALSE(flaw_of(*store, again));
    CHECK_FALSE(is_usable(loaded(*store, "stock-never-heard-of")));
    CHECK_FALSE(is_usable(loaded(*store, "invoice-1")));
}

TEST_CASE("a snapshot that is of use is left as it is, and a stream that cannot be read hinders no other") {
    InMemory store;
    receive(*store, "tv", 20);
    const auto older = state_of(*store, "stock-tv", Version{10}).snapshot();
    store->save_snapshot("stock-tv", older);
    Commit commit{.metadata = {.time = Timestamp{1}}};
    commit.appends.push_back({"stock-a", NoStream{}, {{"stock.teleported", 1, "?"}}});
    commit.appends.push_back({"stock-z", NoStream{}, {encode(Stock::Event{stock::event::Received{{1}}})}});
    REQUIRE(store->append_and_wait(commit));
    store->save_snapshot("stock-a", of_an_older_program(older));
    store->save_snapshot("stock-z", of_an_older_program(older));

    SnapshotRefresh{*store}.finish();
    CHECK(store->load_snapshot("stock-tv")->version == Version{10});
    CHECK_FALSE(is_usable(loaded(*store, "stock-a")));
    CHECK(is_usable(loaded(*store, "stock-z")));
}

TEST_CASE("the replay of a long stream leaves a snapshot behind") {
    InMemory store;
    receive(*store, "tv", 20);
    store->save_snapshot("stock-tv", of_an_older_program(state_of(*store, "stock-tv").snapshot()));
    CommandProcessor<Stock> stocks{*store, {.states_max = 100, .snapshot_events = 10}};
    CHECK(stocks.with_state({"tv"}, [](const Stock::State& state, Version) { return state.on_hand; }) == Quantity{20});
    REQUIRE(stocks.submit({"tv"}, stock::command::Receive{{1}}, {}));  // with the next group
    REQUIRE(store->wait_durable(Position{21}));
    CHECK(is_usable(loaded(*store, "stock-tv")));
}

}  // namespace sillok
