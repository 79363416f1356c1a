// Which events a selection takes, and where `events tail` begins.
#include "tools/events/event_tail.hpp"

#include "eventstore/base/rfc3339.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sillok {
namespace {

constexpr Timestamp begin{1'700'000'000'000};

// A log of `count` events a second apart; every hundredth is of another type.
class Counted final : public EventSource {
   public:
    explicit Counted(std::uint64_t count) : count_(count) {}

    std::uint64_t head() override { return count_; }
    EventPage after(std::uint64_t position, std::size_t limit, const EventNarrowing& only) override {
        ++asked;
        EventPage page{.events = {}, .seen = position};
        for (std::size_t looked = 0; page.seen < count_ && page.events.size() < limit && looked < 5000; ++looked) {
            auto event = at(++page.seen);
            if (only.type.empty() || event.at("type") == only.type) page.events.push_back(std::move(event));
        }
        return page;
    }
    EventPage of_stream(const std::string&, std::uint64_t, std::size_t, const Takes&) override { return {}; }

    int asked = 0;

   private:
    static nlohmann::json at(std::uint64_t position) {
        const bool is_rare = position % 100 == 0;
        return {{"position", position},
                {"stream", is_rare ? "order-1" : "stock-tv"},
                {"type", is_rare ? "order.placed" : "stock.reserved"},
                {"time", rfc3339(Timestamp{begin.value + 1000 * static_cast<std::int64_t>(position)})},
                {"tags", {is_rare ? "customer:c1" : "product:tv"}},
                {"data", {{"quantity", position}}}};
    }

    std::uint64_t count_;
};

EventSelection selection(const EventWishes& wishes) {
    const auto selection = EventSelection::parse(wishes, begin);
    REQUIRE_MESSAGE(selection, selection.error());
    return *selection;
}

std::string refusal(const EventWishes& wishes) {
    const auto selection = EventSelection::parse(wishes, begin);
    REQUIRE_FALSE(selection);
    return selection.error();
}

std::vector<std::uint64_t> shown(EventSource& from, const EventWishes& wishes, const TailRequest& request = {}) {
    std::vector<std::uint64_t> positions;
    const auto show = [&](const nlohmann::json& event) { positions.push_back(event.at("position")); };
    const auto count = tail(from, selection(wishes), request, show, [] {});
    CHECK(count == positions.size());
    return positions;
}

using Positions = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("without wishes the newest ten are shown") {
    Counted log{1234};
    CHECK(shown(log, {}) == Positions{1225, 1226, 1227, 1228, 1229, 1230, 1231, 1232, 1233, 1234});
    CHECK(log.asked == 1);
    CHECK(shown(log, {}, {.limit = 2}) == Positions{1233, 1234});
    CHECK(shown(log, {}, {.after = 1231}) == Positions{1232, 1233, 1234});
    CHECK(shown(log, {}, {.after = 7, .limit = 2}) == Positions{8, 9});
    Counted empty{0};
    CHECK(shown(empty, {}).empty());
}

TEST_CASE("the newest that are wanted are found however far back they are") {
    Counted log{1234};
    CHECK(shown(log, {.types = {"order.placed"}}, {.limit = 3}) == Positions{1000, 1100, 1200});
    CHECK(shown(log, {.categories = {"order"}}, {.limit = 1}) == Positions{1200});
    CHECK(shown(log, {.tags = {"customer:c1"}}, {.limit = 2}) == Positions{1100, 1200});
    CHECK(shown(log, {.conditions = {"data.quantity<=2"}}) == Positions{1, 2});
    CHECK(shown(log, {.types = {"order.placed", "stock.reserved"}}, {.limit = 2}) == Positions{1233, 1234});
    CHECK(shown(log, {.types = {"order.placed"}}, {.after = 250, .limit = 2}) == Positions{300, 400});
    CHECK(shown(log, {.types = {"order.placed"}, .conditions = {"data.quantity>150", "data.quantity<250"}}) ==
          Positions{200});
    CHECK(shown(log, {.tags = {"customer:c1", "product:tv"}}).empty());
}

TEST_CASE("a time is found without reading what is before it") {
    Counted log{100'000};
    CHECK(position_before(log, Timestamp{0}) == 0);
    CHECK(position_before(log, Timestamp{begin.value + 1000}) == 0);
    CHECK(position_before(log, Timestamp{begin.value + 50'000'000}) == 49'999);
    CHECK(position_before(log, Timestamp{begin.value + 50'000'001}) == 50'000);
    CHECK(position_before(log, Timestamp{begin.value + 1'000'000'000}) == 100'000);
    CHECK(log.asked < 100);
    Counted empty{0};
    CHECK(position_before(empty, begin) == 0);
}

TEST_CASE("since takes a length of time or a time") {
    CHECK(selection({.since = "10m"}).since() == Timestamp{begin.value - 600'000});
    CHECK(selection({.since = "2023-11-14T22:13:20Z"}).since() == begin);
    CHECK(selection({.since = "2023-11-15T07:13:20+09:00"}).since() == begin);
    Counted log{20};
    CHECK(shown(log, {.since = "2023-11-14T22:13:38Z"}, {.after = 0}) == Positions{18, 19, 20});
    CHECK(
        refusal({.since = "yesterday"}) ==
        "--since: 'yesterday' is neither a length of time, such as 90s, 10m, 24h or 7d, nor a time with date, time and "
        "offset, such as 2026-11-26T15:00:00Z");
}

TEST_CASE("a misspelt type or category is refused, and one of a newer program is not") {
    CHECK(refusal({.types = {"order.plced"}}) ==
          "--type: there is no event type 'order.plced'; did you mean 'order.placed'?");
    CHECK(refusal({.types = {"order.placed", "Stock.Reserved"}}) ==
          "--type: there is no event type 'Stock.Reserved'; did you mean 'stock.reserved'?");
    CHECK(refusal({.categories = {"oder"}}) == "--category: there is no category 'oder'; did you mean 'order'?");
    CHECK(refusal({.conditions = {"quantity=1"}}).starts_with("--where: an event has no member 'quantity'"));
    CHECK_FALSE(selection({.types = {"voucher.issued"}, .categories = {"voucher"}}).is_everything());
    CHECK(selection({}).is_everything());
}

}  // namespace sillok
