// Rows and pages stay small, however long an order and its history are.
#include "tests/projections/projection_fixture.hpp"

using namespace sillok;
using namespace sillok::testing;

TEST_CASE("a row has the first lines, and the first and last of a long timeline") {
    ProjectionFixture shop;
    auto order = placed("anna");
    order.lines.resize(5'000, order.lines.front());
    shop.given("order-o1", order);
    const Money total{10'000, won};
    shop.given("payment-o1", payment::event::Requested{CustomerId{"anna"}, total},
               payment::event::Authorised{CustomerId{"anna"}, total, "ref"}, payment::event::Captured{total});
    for (int i = 0; i < 100; ++i)
        shop.given("payment-o1", payment::event::RefundRequested{Money{1, won}},
                   payment::event::RefundFailed{Money{1, won}, "try " + std::to_string(i)});
    shop.given("order-o1", order::event::Confirmed{CustomerId{"anna"}});
    const auto row = *shop.models->orders().get("o1");
    CHECK(row.lines.size() == OrderHistory::lines_max);
    CHECK(row.line_count == 5'000);
    CHECK(row.timeline.size() == OrderHistory::timeline_max);
    CHECK(row.timeline_left_out == 205 - OrderHistory::timeline_max);
    CHECK(row.timeline.front().type == "order.placed");
    CHECK(row.timeline.back().type == "order.confirmed");
}

TEST_CASE("a page of rows ends at its bytes, after one row at least") {
    ProjectionFixture shop;
    for (int i = 0; i < 50; ++i) shop.given("order-o" + std::to_string(i), placed("anna"));
    shop.models->catch_up();
    PageRequest request{.cursor = {}, .limit = 500, .bytes_max = 1'000};
    std::size_t rows = 0;
    int pages = 0;
    do {
        const auto page = shop.models->orders().page(OrderHistory::all(), request);
        REQUIRE(page);
        REQUIRE_FALSE(page->rows.empty());
        CHECK(page->rows.size() < 10);
        rows += page->rows.size();
        request.cursor = page->next_cursor;
        ++pages;
    } while (!request.cursor.empty() && pages < 100);
    CHECK(rows == 50);
    request = {.cursor = {}, .limit = 3, .bytes_max = 0};
    CHECK(shop.models->orders().page(OrderHistory::all(), request)->rows.size() == 1);
}
