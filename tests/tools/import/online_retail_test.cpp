#include "tools/import/online_retail.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

namespace sillok::online_retail {
namespace {

const std::string header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

std::expected<Plan, std::string> try_to_plan(const std::string& rows, std::optional<std::uint64_t> rows_max = {}) {
    std::stringbuf input{header + rows};
    return read_plan(input, rows_max);
}
Plan plan(const std::string& rows, std::optional<std::uint64_t> rows_max = {}) {
    auto planned = try_to_plan(rows, rows_max);
    REQUIRE_MESSAGE(planned, planned.error());
    return std::move(*planned);
}

}  // namespace

TEST_CASE("an invoice is an order of its lines, each at its own price") {
    const auto one = plan(
        "536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
        "536365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom\n"
        "536366,85123A,WHITE HANGING HEART,2,12/1/2010 8:28,2.95,,United Kingdom\n");
    REQUIRE(one.orders.size() == 2);
    CHECK(one.orders[0].invoice == "536365");
    CHECK(one.orders[0].customer == "c-17850");
    REQUIRE(one.orders[0].lines.size() == 2);
    CHECK(one.orders[0].lines[1].quantity == 6);
    CHECK(one.orders[0].lines[1].price_pence == 339);
    CHECK(one.orders[1].customer == "guest");
    CHECK(one.orders[1].lines[0].price_pence == 295);
    REQUIRE(one.products.size() == 2);
    CHECK(one.products[0].price_pence == 255);
    CHECK(one.products[0].units_ordered == 8);
    CHECK(one.adjustments.empty());
}

TEST_CASE("a line that repeats exactly is a line of its own") {
    const auto one = plan(
        "1,A,x,1,12/1/2010 8:26,1.00,7,UK\n"
        "1,A,x,1,12/1/2010 8:26,1.00,7,UK\n");
    REQUIRE(one.orders.size() == 1);
    CHECK(one.orders[0].lines.size() == 2);
    CHECK(one.products[0].units_ordered == 2);
}

TEST_CASE("an invoice whose lines do not stand together is one order") {
    const auto one = plan(
        "542806,A,x,1,1/1/2011 8:26,1.00,7,UK\n"
        "542807,A,x,1,1/1/2011 8:26,1.00,8,UK\n"
        "542806,B,y,1,1/1/2011 8:27,1.00,7,UK\n");
    REQUIRE(one.orders.size() == 2);
    CHECK(one.orders[0].invoice == "542806");
    CHECK(one.orders[0].lines.size() == 2);
}

TEST_CASE("returns, write-offs, bad debt and free goods adjust the stock") {
    const auto one = plan(
        "C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527,UK\n"
        "536589,21777,,-10,12/1/2010 16:50,0,,UK\n"
        "A563185,B,Adjust bad debt,1,8/12/2011 14:50,11062.06,,UK\n"
        "536414,22139,,56,12/1/2010 11:52,0,,UK\n"
        "536415,22139,RETROSPOT,0,12/1/2010 11:52,4.25,,UK\n");
    CHECK(one.orders.empty());
    REQUIRE(one.adjustments.size() == 4);
    CHECK(one.adjustments[0].delta == -1);
    CHECK(one.adjustments[0].reason == "C536379");
    CHECK(one.adjustments[1].delta == -10);
    CHECK(one.adjustments[2].delta == 1);
    CHECK(one.adjustments[3].delta == 56);
    CHECK(one.adjustments[3].line == 5);
}

TEST_CASE("an invoice with a good line and a bad one is an order of the good one") {
    const auto one = plan(
        "7,A,x,3,12/1/2010 8:26,1.25,5,UK\n"
        "7,B,y,-3,12/1/2010 8:26,1.25,5,UK\n"
        "7,C,z,2,12/1/2010 8:26,-1.25,5,UK\n");
    REQUIRE(one.orders.size() == 1);
    CHECK(one.orders[0].lines.size() == 1);
    CHECK(one.adjustments.size() == 2);
}

TEST_CASE("a product is named by its first description that says something, and priced at its first positive price") {
    const auto one = plan(
        "1,X,,1,12/1/2010 8:26,0,,UK\n"
        "2,X,   ,1,12/1/2010 8:26,-3,,UK\n"
        "3,X, BLUE MUG ,1,12/1/2010 8:26,2.10,,UK\n"
        "4,X,damaged,1,12/1/2010 8:26,2.55,,UK\n"
        "5,Y,,1,12/1/2010 8:26,0,,UK\n");
    REQUIRE(one.products.size() == 2);
    CHECK(one.products[0].name == "BLUE MUG");
    CHECK(one.products[0].price_pence == 210);
    CHECK(one.products[1].name == "Y");
    CHECK(one.products[1].price_pence == 0);
}

TEST_CASE("stock codes that differ by case alone are different, and other characters are encoded") {
    const auto one = plan(
        "1,85123a,x,1,12/1/2010 8:26,1,,UK\n"
        "1,85123A,x,1,12/1/2010 8:26,1,,UK\n"
        "1,BANK CHARGES,x,1,12/1/2010 8:26,1,,UK\n"
        "1,gift_0001_20,x,1,12/1/2010 8:26,1,,UK\n");
    REQUIRE(one.products.size() == 4);
    CHECK(one.products[0].id == "85123a");
    CHECK(one.products[1].id == "85123A");
    CHECK(one.products[2].id == "BANK%20CHARGES");
    CHECK(one.products[3].id == "gift_0001_20");
}

TEST_CASE("a price in thirds of a penny is rounded half up, and one that rounds to nothing is still a price") {
    CHECK(pence("2.55") == 255);
    CHECK(pence("13541.33") == 1'354'133);
    CHECK(pence("2") == 200);
    CHECK(pence("0.125") == 13);
    CHECK(pence("0.124") == 12);
    CHECK(pence("0.001") == 0);
    CHECK(pence("-11062.06") == -1'106'206);
    for (const auto* text : {"", "-", ".", "1,5", "1e3", "abc", "1.2.3", " 1", "99999999999999999999"})
        CHECK_FALSE(pence(text));

    CHECK(is_positive("0.001"));
    CHECK_FALSE(is_positive("0.000"));
    CHECK_FALSE(is_positive("-0.001"));

    const auto one = plan("1,PADS,PADS TO MATCH,1,12/1/2010 8:26,0.001,,UK\n");
    REQUIRE(one.orders.size() == 1);
    CHECK(one.orders[0].lines[0].price_pence == 0);
    CHECK(one.adjustments.empty());
}

TEST_CASE("a stock factor is exact, and what a product receives is rounded up") {
    CHECK(units_received(*parse_factor("1"), 26'919) == 26'919);
    CHECK(units_received(*parse_factor("0.5"), 3) == 2);
    CHECK(units_received(*parse_factor("0.1"), 30) == 3);
    CHECK(units_received(*parse_factor("0.000001"), 1) == 1);
    CHECK(units_received(*parse_factor("0"), 100) == 0);
    CHECK(units_received(*parse_factor("1.5"), 3) == 5);
    CHECK(units_received(*parse_factor("999999"), 2'000'000'000) == 1'999'998'000'000'000);
    for (const auto* text : {"", "-1", "x", "1e3", "0.0000001"}) CHECK_FALSE(parse_factor(text));
}

TEST_CASE("a limit takes the first rows of the file") {
    const auto rows =
        "1,A,x,1,12/1/2010 8:26,1,,UK\n"
        "2,A,x,1,12/1/2010 8:26,1,,UK\n"
        "3,A,x,1,12/1/2010 8:26,1,,UK\n";
    CHECK(plan(rows, 2).orders.size() == 2);
    CHECK(plan(rows, 0).orders.empty());
    CHECK(plan(rows, 9).orders.size() == 3);
}

TEST_CASE("a file of another form is refused, and the line named") {
    CHECK(try_to_plan("1,A,x,1,12/1/2010 8:26,1,\n").error() == "line 2: 7 fields instead of 8");
    CHECK(try_to_plan("1,A,x,1,d,1,,UK\n1,A,x,many,d,1,,UK\n").error() == "line 3: the quantity is not a whole number");
    CHECK(try_to_plan("1,A,x,1,d,dear,,UK\n").error() == "line 2: the price is not a number");
    CHECK(try_to_plan(",A,x,1,d,1,,UK\n").error() == "line 2: no invoice number");
    CHECK(try_to_plan("1,,x,1,d,1,,UK\n").error() == "line 2: no stock code");
    std::stringbuf other{"a,b,c\n1,2,3\n"};
    CHECK(read_plan(other).error().starts_with("line 1: the columns are "));
    std::stringbuf nothing{""};
    CHECK_FALSE(read_plan(nothing));
}

}  // namespace sillok::online_retail
