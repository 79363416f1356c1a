// What a commit may demand beyond the versions of the streams it writes to: other streams, tags, and that its
// events are new.
#include "eventstore/limits.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/keys.hpp"
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace sillok {

namespace {

NewEvent tagged(std::string type, std::vector<std::string> tags) {
    return {.type = std::move(type), .payload = "x", .tags = std::move(tags)};
}

Commit append(std::string stream, Expected expected, NewEvent event, Conditions conditions = {}) {
    Commit commit{.metadata = {.time = Timestamp{1}, .actor = "tester"}, .conditions = std::move(conditions)};
    commit.appends.push_back({std::move(stream), expected, {}});
    commit.appends.back().events.push_back(std::move(event));
    return commit;
}

Conditions none_after(std::string tag, std::uint64_t position, std::vector<std::string> types = {}) {
    return {.streams = {}, .tags = {{std::move(tag), std::move(types), Position{position}}}};
}

Uuid chosen(std::uint64_t number) { return uuid_v7(9, 0, number); }

Commit with_ids(Commit commit, std::initializer_list<std::uint64_t> numbers) {
    auto number = numbers.begin();
    for (auto& one : commit.appends)
        for (auto& event : one.events) event.event_id = *number == 0 ? Uuid{} : chosen(*number++);
    return commit;
}

}  // namespace

TEST_CASE_TEMPLATE("a stream that a commit relies on must be where it was", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(to("price-1", NoStream{}, {"10"})));
    const auto order = [&](std::string name, Expected price, std::string other = "price-1") {
        auto commit = to(name, NoStream{}, {"order"});
        commit.conditions.streams.push_back({std::move(other), price});
        return store->append_and_wait(commit);
    };
    CHECK(order("order-1", Version{1}));
    REQUIRE(store->append_and_wait(to("price-1", Version{1}, {"12"})));
    const auto late = order("order-2", Version{1});
    REQUIRE_FALSE(late);
    CHECK(late.error().code == errc::version_conflict);
    CHECK(late.error().offender == "price-1");
    CHECK(late.error().actual == Version{2});
    CHECK(order("order-2", NoStream{}, "price-2"));
    CHECK_FALSE(order("order-3", NoStream{}));
    CHECK(store->version_of("order-3") == Version{0});
    CHECK(order("order-4", Version{1}, "order-4").error().code == errc::stream_repeated);
}

TEST_CASE_TEMPLATE("a tag can be taken once, durable or not", Store, InMemory, OnDisk) {
    Store store;
    const auto sign_up = [&](const std::string& name) {
        return store->propose(append(name, NoStream{}, tagged("customer.signedUp", {"email:a@b.org", "region:eu"}),
                                     none_after("email:a@b.org", 0)));
    };
    REQUIRE(sign_up("customer-1"));
    for (int round = 0; round < 3; ++round) {
        const auto second = sign_up("customer-2");
        REQUIRE_FALSE(second);
        CHECK(second.error().code == errc::condition_failed);
        CHECK(second.error().offender == "email:a@b.org");
        CHECK(second.error().position == Position{1});
        if (round == 0) REQUIRE(store->wait_durable(Position{1}));
        if (round == 1) store.reopen();
    }
    CHECK(store->version_of("customer-2") == Version{0});
}

TEST_CASE_TEMPLATE("a condition looks at its own tag, types and positions only", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(append("a-1", NoStream{}, tagged("course.defined", {"course:1"}))));
    REQUIRE(store->append_and_wait(append("a-2", NoStream{}, tagged("course.joined", {"course:1", "student:7"}))));
    REQUIRE(store->append_and_wait(append("a-3", NoStream{}, tagged("course.joined", {"course:10"}))));
    std::uint64_t number = 10;
    const auto holds = [&](Conditions conditions) {
        const auto appended = store->append_and_wait(
            append("b-" + std::to_string(++number), NoStream{}, tagged("noted", {}), std::move(conditions)));
        if (!appended) CHECK(appended.error().code == errc::condition_failed);
        return appended.has_value();
    };
    CHECK_FALSE(holds(none_after("course:1", 0)));
    CHECK_FALSE(holds(none_after("course:1", 1)));
    CHECK(holds(none_after("course:1", 2)));
    CHECK(holds(none_after("course:1", 1, {"course.defined"})));
    CHECK_FALSE(holds(none_after("course:1", 0, {"course.left", "course.defined"})));
    CHECK(holds(none_after("course", 0)));
    CHECK(holds(none_after("course:2", 0)));
    CHECK_FALSE(holds(none_after("course:10", 2)));
    auto both = none_after("course:2", 0);
    both.tags.push_back({"student:7", {}, Position{0}});
    CHECK_FALSE(holds(both));
}

TEST_CASE_TEMPLATE("of many who want one tag at once, one gets it", Store, InMemory, OnDisk) {
    Store store;
    std::atomic<int> winners = 0;
    for (int round = 0; round < 20; ++round) {
        const auto tag = "seat:" + std::to_string(round);
        std::vector<std::jthread> buyers;
        for (int buyer = 0; buyer < 4; ++buyer)
            buyers.emplace_back([&, buyer] {
                const auto name = "booking-" + std::to_string(round) + "-" + std::to_string(buyer);
                if (store->append_and_wait(append(name, NoStream{}, tagged("booked", {tag}), none_after(tag, 0))))
                    ++winners;
            });
    }
    CHECK(winners == 20);
}

TEST_CASE_TEMPLATE("a condition on what the log has not reached, or that is no condition, is refused", Store, InMemory,
                   OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(to("a-1", NoStream{}, {"one"})));
    const auto refusal = [&](Conditions conditions) {
        const auto appended = store->append_and_wait(append("b-1", NoStream{}, tagged("x", {}), std::move(conditions)));
        REQUIRE_FALSE(appended);
        return appended.error();
    };
    const auto beyond = refusal(none_after("tag", 2));
    CHECK(beyond.code == errc::beyond_end);
    CHECK(beyond.offender == "tag");
    CHECK(beyond.position == Position{1});
    CHECK(refusal(none_after("", 0)).code == errc::tag_invalid);
    CHECK(refusal(none_after("no spaces", 0)).offender == "no spaces");
    CHECK(refusal(none_after("tag", 0, {"bad type"})).code == errc::event_type_invalid);
    CHECK(refusal({.streams = {{"bad name", Version{1}}}, .tags = {}}).code == errc::stream_name_invalid);
    Conditions many;
    many.tags.resize(limits::commit_conditions_max + 1, {"tag", {}, Position{0}});
    CHECK(refusal(many).code == errc::too_many_conditions);
    CHECK(store->head() == Position{1});
}

TEST_CASE_TEMPLATE("tags are recorded in order, and bad ones refused by name", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(append("a-1", NoStream{}, tagged("x", {"b:2", "a:1"}))));
    store.reopen();
    const auto batch = store->read_log(Position{0}, 1);
    CHECK(std::vector<std::string_view>(batch[0].tags.begin(), batch[0].tags.end()) ==
          std::vector<std::string_view>{"a:1", "b:2"});
    const auto refusal = [&](std::vector<std::string> tags) {
        return store->append_and_wait(append("b-1", NoStream{}, tagged("x", std::move(tags)))).error();
    };
    CHECK(refusal({"a b"}).code == errc::tag_invalid);
    CHECK(refusal({"a b"}).offender == "a b");
    CHECK(refusal({std::string(256, 'a')}).code == errc::tag_invalid);
    CHECK(refusal({"a", "b", "a"}).code == errc::too_many_tags);
    CHECK(refusal({"a", "b", "a"}).offender == "a");
    CHECK(refusal(std::vector<std::string>(17, "a")).code == errc::too_many_tags);
    CHECK(verify_log(store->storage()).ok());
}

TEST_CASE_TEMPLATE("events that are known by their ids are not recorded twice", Store, InMemory, OnDisk) {
    Store store{EventStoreOptions{.heads_max = 4, .commands_max = 4}};
    const auto first = with_ids(to("a-1", NoStream{}, {"one", "two"}), {1, 2});
    REQUIRE(store->append_and_wait(first));
    const auto repeat = [&] {
        const auto again = store->append_and_wait(first);
        REQUIRE(again);
        CHECK(again->repeated);
        CHECK(again->first == Position{1});
        CHECK(again->last == Position{2});
    };
    repeat();
    for (std::uint64_t i = 0; i < 20; ++i)  // long enough for memory to have forgotten them
        REQUIRE(store->append_and_wait(with_ids(to("b-" + std::to_string(i), NoStream{}, {"x"}), {100 + i})));
    repeat();
    store.reopen();
    repeat();
    CHECK(store->read_log(Position{0}, 1)[0].event_id == chosen(1));

    const auto refusal = [&](std::initializer_list<std::string_view> payloads,
                             std::initializer_list<std::uint64_t> ids) {
        const auto appended = store->append_and_wait(with_ids(to("c-1", NoStream{}, payloads), ids));
        REQUIRE_FALSE(appended);
        CHECK(appended.error().code == errc::event_id_known);
        return appended.error().offender;
    };
    CHECK(refusal({"x", "y"}, {3, 2}) == chosen(2).text());
    CHECK(refusal({"x", "y"}, {2, 1}) == chosen(1).text());
    CHECK(refusal({"x", "y"}, {3, 3}) == chosen(3).text());
    CHECK(refusal({"x", "y", "z"}, {1, 2, 3}) == chosen(2).text());
    CHECK(store->version_of("c-1") == Version{0});
    CHECK(verify_log(store->storage()).ok());
}

TEST_CASE_TEMPLATE("every event says how many of its commit follow", Store, InMemory, OnDisk) {
    Store store;
    auto both = to("a-1", NoStream{}, {"one"});
    both.appends.push_back({"b-1", NoStream{}, events({"two", "three"})});
    REQUIRE(store->append_and_wait(both));
    REQUIRE(store->append_and_wait(to("c-1", NoStream{}, {"four"})));
    const auto batch = store->read_log(Position{0}, 10);
    REQUIRE(batch.size() == 4);
    CHECK(batch[0].commit_rest == 2);
    CHECK(batch[1].commit_rest == 1);
    CHECK(batch[2].commit_rest == 0);
    CHECK(batch[3].commit_rest == 0);
}

}  // namespace sillok
