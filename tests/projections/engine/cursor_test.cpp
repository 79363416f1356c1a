#include "tests/projections/projection_fixture.hpp"

#include <algorithm>

using namespace sillok;
using namespace sillok::testing;

namespace {

struct Listed {
    ViewsDirectory directory;
    Log log;
    std::unique_ptr<ReadModels> models = open(directory.path(), log);

    void place(int number) { log.append("order-o" + std::to_string(number), placed("anna")); }
    std::expected<Page<OrderHistory::Row>, CursorInvalid> page(const std::string& cursor, std::size_t limit = 2) {
        models->catch_up();
        return models->orders().page(OrderHistory::of_customer(CustomerId{"anna"}), {cursor, limit});
    }
};

std::vector<std::string> ids(const Page<OrderHistory::Row>& page) {
    std::vector<std::string> found;
    for (const auto& row : page.rows) found.push_back(row.order.value);
    return found;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("pages follow one another without a gap or a repeat while new orders arrive") {
    Listed shop;
    for (int number = 1; number <= 5; ++number) shop.place(number);
    const auto first = shop.page("");
    REQUIRE(first);
    CHECK(ids(*first) == Strings{"o5", "o4"});
    shop.place(6);
    const auto second = shop.page(first->next_cursor);
    REQUIRE(second);
    CHECK(ids(*second) == Strings{"o3", "o2"});
    const auto third = shop.page(second->next_cursor);
    REQUIRE(third);
    CHECK(ids(*third) == Strings{"o1"});
    CHECK(third->next_cursor.empty());
}

TEST_CASE("a page that ends exactly at the end has no next one") {
    Listed shop;
    shop.place(1);
    shop.place(2);
    CHECK(shop.page("")->next_cursor.empty());
    CHECK(shop.page("", 1)->next_cursor != "");
}

TEST_CASE("a cursor goes on where its entry was even if the entry has left the list") {
    Listed shop;
    for (int number = 1; number <= 4; ++number) shop.place(number);
    shop.models->catch_up();
    const auto pending = OrderHistory::in_state(OrderHistory::OrderPhase::placed);
    const auto first = shop.models->orders().page(pending, {"", 2});
    REQUIRE(first);
    CHECK(ids(*first) == Strings{"o4", "o3"});
    shop.log.append("order-o3", order::event::Confirmed{CustomerId{"anna"}});
    shop.models->catch_up();
    const auto second = shop.models->orders().page(pending, {first->next_cursor, 2});
    REQUIRE(second);
    CHECK(ids(*second) == Strings{"o2", "o1"});
}

TEST_CASE("a cursor that was not made here, or for another list, is refused") {
    Listed shop;
    for (int number = 1; number <= 5; ++number) shop.place(number);
    const auto cursor = shop.page("")->next_cursor;
    REQUIRE_FALSE(cursor.empty());
    CHECK(std::ranges::all_of(
        cursor, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; }));
    CHECK_FALSE(shop.models->orders().page(OrderHistory::of_customer(CustomerId{"ben"}), {cursor, 2}));
    CHECK_FALSE(shop.models->orders().page(OrderHistory::all(), {cursor, 2}));
    CHECK_FALSE(shop.models->deliveries().page(DeliveryStatus::all(), {cursor, 2}));
    for (std::size_t at = 0; at < cursor.size(); ++at) {
        auto damaged = cursor;
        damaged[at] = damaged[at] == 'x' ? 'y' : 'x';
        CHECK_FALSE(shop.page(damaged));
        CHECK_FALSE(shop.page(cursor.substr(0, at == 0 ? 1 : at)));
    }
    for (const auto* nonsense : {"=", "====", "a", "!", "AAAA", "AAAAAAAA", "../../etc", "\xff\xff\xff\xff"})
        CHECK_FALSE(shop.page(nonsense));
    CHECK_FALSE(shop.page(std::string(100'000, 'A')));
}

TEST_CASE("products are paged by name, and by what is searched in it") {
    Listed shop;
    for (int number = 0; number < 30; ++number) {
        const std::string name = number % 3 == 0 ? "Lamp " : "Chair ";
        shop.log.append("product-" + std::to_string(number), registered(name + std::string(70, 'z')));
    }
    shop.models->catch_up();
    const auto id = [](const StockLevels::Row& row) { return row.product.value; };
    const auto in_threes = listed(shop.models->stock(), StockLevels::for_sale("LAMP"), id, 3);
    CHECK(in_threes == listed(shop.models->stock(), StockLevels::for_sale("lamp"), id));
    CHECK(in_threes.size() == 10);
    CHECK(listed(shop.models->stock(), StockLevels::for_sale(), id, 7).size() == 30);
}
