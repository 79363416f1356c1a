#include "aggregates/skipped_event.hpp"
#include "tests/projections/projection_fixture.hpp"

using namespace sillok;
using namespace sillok::testing;

namespace {

const CustomerId anna{"anna"};

void check_is_clean(ReadModels& models) {
    for (const auto& finding : models.check()) FAIL_CHECK(finding.name << ": " << finding.what);
}

}  // namespace

TEST_CASE("the workers follow the log live, and a query can wait for what a command wrote") {
    ViewsDirectory directory;
    Log log;
    const auto models = open(directory.path(), log);
    models->start();
    for (int number = 0; number < 200; ++number) {
        const auto id = "o" + std::to_string(number);
        const auto position = log.append("order-" + id, placed("anna"));
        REQUIRE(models->orders().seen().wait(position));
        REQUIRE(models->orders().get(id));
    }
    for (auto* model : models->all()) {
        CHECK(model->seen().wait(log.store().head()));
        CHECK(model->status().running);
        CHECK(model->status().lag_events == 0);
        CHECK(model->status().consumed.events == 200);
    }
    models->stop();
    for (auto* model : models->all()) CHECK_FALSE(model->status().running);
    check_is_clean(*models);
}

TEST_CASE("after a restart the read models continue where they were, and no event is counted twice") {
    ViewsDirectory directory;
    Log log;
    RandomHistory history{1};
    for (int restart = 0; restart < 5; ++restart) {
        const auto models = open(directory.path(), log);
        CHECK(models->orders().position() == log.store().head());
        history.append_to(log, 100);
        models->catch_up();
        check_is_clean(*models);
    }
    ViewsDirectory other;
    const auto at_once = open(other.path(), log);
    at_once->catch_up();
    CHECK(contents(*at_once) == contents(*open(directory.path(), log)));
}

TEST_CASE("after a crash the lost events are read again: rows, indexes and checkpoints are of one moment") {
    ViewsDirectory directory;
    Log log;
    RandomHistory history{2};
    history.append_to(log, 200);
    open(directory.path(), log)->catch_up();  // closed: on disk

    for (int crash = 0; crash < 3; ++crash) {
        ViewsDirectory after_crash;
        const auto flushed = log.store().head();
        {
            const auto models = open(directory.path(), log);
            history.append_to(log, 100);
            models->catch_up();
            // A copy of the files of the open database is what a killed process leaves.
            std::filesystem::copy(directory.path(), after_crash.path() / "views",
                                  std::filesystem::copy_options::recursive);
        }
        const auto models = open(after_crash.path() / "views", log);
        CHECK(models->orders().position() == flushed);
        check_is_clean(*models);
        models->catch_up();
        check_is_clean(*models);
        CHECK(contents(*models) == contents(*open(directory.path(), log)));
    }
}

TEST_CASE("one poisonous event parks its key and no other, and later events of the key wait in order") {
    ViewsDirectory directory;
    Log log;
    log.append("stock-tv", stock::event::Received{Quantity{10}});
    log.append("stock-pc", stock::event::Received{Quantity{10}});
    auto models = open(directory.path(), log);
    // In one write with what comes before and after it: the row keeps exactly what came before.
    log.append("stock-tv", stock::event::Received{Quantity{5}});
    const auto poison = log.append_poison("stock-tv", "stock.reserved");
    const auto later = log.append("stock-tv", stock::event::Received{Quantity{100}});
    log.append("stock-pc", stock::event::Received{Quantity{1}});
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{15});
    CHECK(models->stock().get("pc")->on_hand == Quantity{11});
    CHECK(models->stock().position() == log.store().head());
    CHECK(models->stock().status().parked_keys == 1);
    CHECK(models->orders().status().parked_keys == 0);

    const auto parked = models->stock().parked(10);
    REQUIRE(parked.size() == 2);
    CHECK(parked[0].key == "tv");
    CHECK(parked[0].position == poison);
    CHECK(parked[0].stream == "stock-tv");
    CHECK(parked[0].type == "stock.reserved");
    CHECK(parked[0].reason == "damaged payload of stock.reserved, schema version 1");
    CHECK(parked[1].position == later);

    // It stays parked after a restart.
    models.reset();
    models = open(directory.path(), log);
    log.append("stock-tv", stock::event::Received{Quantity{1}});
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{15});
    CHECK(models->stock().parked(10).size() == 3);
    CHECK(models->stock().parked(1).size() == 1);
    models.reset();
    const auto findings = open(directory.path(), log, ReadModels::Mode::read_only)->check();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].name == "stock_levels");
    CHECK(findings[0].what == "events of 1 rows are parked");
}

TEST_CASE("a skipped event frees its row, in order, and a rebuild gives the same") {
    ViewsDirectory directory;
    Log log;
    log.append("stock-tv", stock::event::Received{Quantity{10}});
    auto models = open(directory.path(), log);
    const auto poison = log.append_poison("stock-tv", "stock.reserved");
    log.append("stock-tv", stock::event::Received{Quantity{5}});
    const auto next_poison = log.append_poison("stock-tv", "stock.reserved");
    log.append("stock-tv", stock::event::Received{Quantity{1}});
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{10});
    const auto skip = [&log](Position at) {
        const auto target = log.store().read_log(Position{at.value - 1}, 1);
        log.append_raw("stock-tv", {encode(std::variant<EventSkipped>{
                                       EventSkipped{at, target.front().event_id, "stock.reserved", "counted"}})});
    };
    skip(poison);
    log.append("stock-tv", stock::event::Received{Quantity{100}});  // in one batch with the decision
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{15});
    CHECK(models->stock().parked_at("tv")->position == next_poison);
    REQUIRE(models->stock().skipped("tv").size() == 1);
    CHECK(models->stock().skipped("tv")[0].position == poison);
    CHECK(models->stock().skipped("tv")[0].reason == "counted");

    skip(next_poison);
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{116});
    CHECK(models->stock().get("tv")->stock_version == log.store().version_of("stock-tv"));
    CHECK_FALSE(models->stock().parked_at("tv"));
    CHECK(models->stock().skipped("tv").size() == 2);
    CHECK(models->stock().status().parked_keys == 0);

    const auto report = models->stock().rebuild({});
    REQUIRE(report);
    CHECK(report->differences == 0);
    CHECK(models->stock().skipped("tv").size() == 2);
    check_is_clean(*models);
}

TEST_CASE("a message that cannot be read is missing alone") {
    ViewsDirectory directory;
    Log log;
    log.append("order-o1", placed("anna"));
    log.append_poison("order-o1", "order.confirmed");
    log.append("order-o1", order::event::Completed{anna}, order::event::Cancelled{anna});
    const auto models = open(directory.path(), log);
    models->catch_up();
    CHECK(models->notifications().status().parked_keys == 1);
    CHECK(rows_of<Notifications::Row>(models->notifications()).size() == 1);
    CHECK(models->orders().get("o1")->state == OrderHistory::OrderPhase::placed);
}

TEST_CASE("the first event of a row may be the poisonous one") {
    ViewsDirectory directory;
    Log log;
    log.append_poison("order-o1", "order.placed");
    log.append("order-o1", order::event::Confirmed{anna});
    const auto models = open(directory.path(), log);
    models->catch_up();
    CHECK_FALSE(models->orders().get("o1"));
    CHECK(models->orders().parked(9).size() == 2);
}

TEST_CASE("indexes agree with rows after any history") {
    for (std::uint32_t seed = 10; seed < 14; ++seed) {
        ViewsDirectory directory;
        Log log;
        const auto models = open(directory.path(), log);
        RandomHistory history{seed};
        for (int piece = 0; piece < 40; ++piece) {  // many small writes: rows change within and across them
            history.append_to(log, 10);
            models->catch_up();
        }
        check_is_clean(*models);
        std::size_t in_states = 0;
        const auto id = [](const OrderHistory::Row& row) { return row.order.value; };
        for (int state = 0; state <= static_cast<int>(OrderHistory::OrderPhase::cancelled); ++state)
            in_states +=
                listed(models->orders(), OrderHistory::in_state(OrderHistory::OrderPhase(state)), id, 3).size();
        CHECK(in_states == rows_of<OrderHistory::Row>(models->orders()).size());
    }
}
