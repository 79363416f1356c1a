// An operator skips events that the rows have already: afterwards every row is as if they had never been.
#include "aggregates/skipped_event.hpp"
#include "eventstore/stream_name.hpp"
#include "tests/projections/projection_fixture.hpp"

using namespace sillok;
using namespace sillok::testing;

namespace {

const CustomerId anna{"anna"};

// The decision, as an operator's is stored.
void skip(Log& log, Position at) {
    const auto found = log.store().read_log(Position{at.value - 1}, 1);
    REQUIRE(found.size() == 1);
    const auto& target = found.front();
    log.append_raw(
        std::string{target.stream},
        {encode(std::variant<EventSkipped>{EventSkipped{at, target.event_id, std::string{target.type}, "counted"}})});
}

std::vector<ParkedEvent> parked(ReadModels& models) {
    std::vector<ParkedEvent> events;
    for (const auto* model : models.all())
        for (auto& event : model->parked(100'000)) events.push_back(std::move(event));
    return events;
}

// Rows, index entries and what is parked are as a rebuild makes them.
void check_as_rebuilt(ReadModels& models, Log& log) {
    for (auto* model : models.all()) {
        const auto report = model->rebuild({.dry_run = true});
        REQUIRE(report);
        for (const auto& one : report->first_differences)
            FAIL_CHECK(report->name << ", row " << one.key << ": " << one.what);
    }
    ViewsDirectory other;
    const auto fresh = open(other.path(), log);
    fresh->catch_up();
    CHECK(contents(models) == contents(*fresh));
    CHECK(parked(models) == parked(*fresh));
}

// Every event of a stream of the aggregates, in order.
std::vector<Position> skippable(Log& log) {
    std::vector<Position> positions;
    for (const auto& event : log.store().read_log({}, 100'000))
        if (category_of(event.stream) != "saga" && !is_skip(event)) positions.push_back(event.position);
    return positions;
}

std::string product_of(const StockLevels::Row& row) { return row.product.value; }
std::string order_of(const OrderHistory::Row& row) { return row.order.value; }

}  // namespace

TEST_CASE_FIXTURE(ProjectionFixture, "a skipped event that a row has goes out of it, also after a restart") {
    given("stock-tv", stock::event::Received{Quantity{10}});
    given("stock-tv", stock::event::Reserved{OrderId{"o1"}, Quantity{1}},
          stock::event::Reserved{OrderId{"o2"}, Quantity{3}}, stock::event::Released{OrderId{"o1"}, Quantity{1}});
    const auto again = given("stock-tv", stock::event::Released{OrderId{"o1"}, Quantity{1}});
    const auto once_more = given("stock-tv", stock::event::Released{OrderId{"o1"}, Quantity{1}});
    // The row cannot know that this order has no reservation any more.
    CHECK(models->stock().get("tv")->reserved == Quantity{1});
    CHECK_FALSE(models->stock().parked_at("tv"));

    skip(log, again);
    SUBCASE("at once") { models->catch_up(); }
    SUBCASE("by the program after a restart") {
        models.reset();
        models = open(directory.path(), log);
        models->catch_up();
    }
    CHECK(models->stock().get("tv")->reserved == Quantity{2});
    skip(log, once_more);
    given("stock-tv", stock::event::Received{Quantity{1}});
    CHECK(models->stock().get("tv")->on_hand == Quantity{11});
    CHECK(models->stock().get("tv")->reserved == Quantity{3});
    CHECK(models->stock().get("tv")->stock_version == log.store().version_of("stock-tv"));
    CHECK(models->stock().skipped("tv").size() == 2);
    check_as_rebuilt(*models, log);
    CHECK(models->check().empty());
}

TEST_CASE_FIXTURE(ProjectionFixture,
                  "a row is built again in the order of the log from long streams, and is listed so") {
    given("product-tv", registered("television"));
    const auto skipped = given("stock-tv", stock::event::Received{Quantity{1'000}});
    for (int page = 0; page < 5; ++page) {
        log.append_raw("stock-tv", std::vector<NewEvent>(400, stored(stock::event::Received{Quantity{1}})));
        given("product-tv", product::event::Revised{"name " + std::to_string(page), Money{1, won}, "", ""});
    }
    const auto renamed = given("product-tv", product::event::Revised{"screen", Money{1, won}, "", ""});
    skip(log, skipped);
    skip(log, renamed);
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{2'000});
    CHECK(models->stock().get("tv")->product_name == "name 4");
    CHECK(listed(models->stock(), StockLevels::for_sale("screen"), product_of).empty());
    CHECK(listed(models->stock(), StockLevels::for_sale("name 4"), product_of) == std::vector<std::string>{"tv"});
    check_as_rebuilt(*models, log);
}

TEST_CASE_FIXTURE(ProjectionFixture, "an order of several streams is built again without the skipped event of one") {
    const Money price{10'000, won};
    const auto first = given("order-o1", placed("anna"));
    given("payment-o1", payment::event::Requested{anna, price}, payment::event::Authorised{anna, price, "r"});
    const auto confirmed = given("order-o1", order::event::Confirmed{anna});
    given("delivery-o1", delivery::event::Prepared{anna, "address"});
    const auto cancelled = given("order-o1", order::event::CancellationRequested{anna, "late"});
    given("payment-o1", payment::event::Voided{});

    skip(log, cancelled);
    models->catch_up();
    auto row = models->orders().get("o1");
    CHECK(row->state == OrderHistory::OrderPhase::confirmed);
    CHECK(row->payment_state == OrderHistory::PaymentPhase::voided);
    CHECK(row->delivery_state == OrderHistory::DeliveryPhase::prepared);
    CHECK(row->timeline.size() == 6);
    CHECK(listed(models->orders(), OrderHistory::in_state(OrderHistory::OrderPhase::cancelling), order_of).empty());
    check_as_rebuilt(*models, log);

    CHECK(models->notifications().get(Notifications::key_of(confirmed)));
    skip(log, confirmed);
    models->catch_up();
    CHECK_FALSE(models->notifications().get(Notifications::key_of(confirmed)));
    CHECK(models->orders().get("o1")->state == OrderHistory::OrderPhase::placed);
    check_as_rebuilt(*models, log);

    skip(log, first);
    models->catch_up();
    CHECK_FALSE(models->orders().get("o1"));
    CHECK(listed(models->orders(), OrderHistory::all(), order_of).empty());
    check_as_rebuilt(*models, log);
}

TEST_CASE_FIXTURE(ProjectionFixture, "what waits behind another event waits again when the row is built again") {
    const auto skipped = given("stock-tv", stock::event::Received{Quantity{10}});
    given("stock-tv", stock::event::Received{Quantity{5}});
    models->catch_up();
    const auto poison = log.append_poison("stock-tv", "stock.reserved");
    given("stock-tv", stock::event::Received{Quantity{1}});
    skip(log, skipped);
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{5});
    REQUIRE(models->stock().parked_at("tv"));
    CHECK(models->stock().parked_at("tv")->position == poison);
    CHECK(models->stock().parked(10).size() == 3);
    check_as_rebuilt(*models, log);
    skip(log, poison);
    models->catch_up();
    CHECK(models->stock().get("tv")->on_hand == Quantity{6});
    check_as_rebuilt(*models, log);
}

TEST_CASE("whichever events are skipped, and whenever the program restarts, the rows are those of a rebuild") {
    for (std::uint32_t seed = 20; seed < 26; ++seed) {
        CAPTURE(seed);
        ViewsDirectory directory;
        Log log;
        RandomHistory history{seed};
        std::mt19937 random{seed};
        const auto below = [&random](std::size_t limit) {
            return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
        };
        std::set<Position> skipped;
        auto models = open(directory.path(), log);
        for (int piece = 0; piece < 20; ++piece) {
            history.append_to(log, 15);
            if (below(3) > 0) models->catch_up();
            const auto targets = skippable(log);
            const auto at = targets[below(targets.size())];
            if (skipped.insert(at).second) skip(log, at);
            if (below(4) == 0) history.append_to(log, 5);
            if (below(3) == 0) models = (models.reset(), open(directory.path(), log));
        }
        models->catch_up();
        check_as_rebuilt(*models, log);
    }
}
