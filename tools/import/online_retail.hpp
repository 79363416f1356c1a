// What the Online Retail data set says, in Sillok's words: products, orders and stock adjustments. Pure: rows in, a
// plan out. The file's columns: InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country.
//
// A stock code is a product: its id is the code, with every character that an id may not hold percent-encoded; its
// name the first description that is not empty, its price the first positive one.
// An invoice that begins with neither C nor A is an order of its lines with positive quantity and positive price.
// Every other line with a quantity that is not zero adjusts the stock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sillok::online_retail {

// One line of the file.
struct Row {
    std::string_view invoice;
    std::string_view stock_code;
    std::string_view description;
    std::int64_t quantity = 0;
    std::string_view unit_price;  // a decimal number
    std::string_view customer;
    std::uint64_t line = 0;  // where it stands in the file
};

struct Product {
    std::string id;
    std::string name;  // the stock code itself where no line describes it
    std::int64_t price_pence = 0;
    bool priced = false;
    std::int64_t units_ordered = 0;
};

struct Line {
    std::size_t product;  // its place in Plan::products
    std::int64_t quantity;
    std::int64_t price_pence;
};

struct Order {
    std::string invoice;
    std::string customer;
    std::vector<Line> lines;
};

struct Adjustment {
    std::size_t product;
    std::int64_t delta;
    std::string reason;  // the invoice number
    std::uint64_t line;  // of the file
};

struct Plan {
    std::vector<Product> products;        // in order of appearance
    std::vector<Order> orders;            // in order of appearance
    std::vector<Adjustment> adjustments;  // in order of the file
};

class Planner {
   public:
    // The error is a sentence that names the line.
    std::expected<void, std::string> add(const Row& row);
    Plan take();

   private:
    std::size_t product_of(std::string_view stock_code);
    Order& order_of(std::string_view invoice, std::string_view customer);

    Plan plan_;
    std::unordered_map<std::string, std::size_t> products_;  // by stock code
    std::unordered_map<std::string, std::size_t> orders_;    // by invoice
};

// A whole file, or its first `rows_max` rows. The error is a sentence that names the line.
std::expected<Plan, std::string> read_plan(std::streambuf& csv, std::optional<std::uint64_t> rows_max = {});

// Characters outside [A-Za-z0-9._~-] become %XX.
std::string percent_encoded(std::string_view text);

// A decimal number of pounds in pence, half a penny rounded away from zero; nothing when it is no such number.
std::optional<std::int64_t> pence(std::string_view pounds);
// Whether a decimal number is above zero, however little.
bool is_positive(std::string_view number);

// A factor with at most six decimals, in millionths, so that ceil(F x units) is exact.
std::optional<std::int64_t> parse_factor(std::string_view text);
std::int64_t units_received(std::int64_t factor_millionths, std::int64_t units_ordered);

}  // namespace sillok::online_retail
