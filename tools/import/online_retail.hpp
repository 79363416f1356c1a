// Turns the rows of the Online Retail data set into a plan: products, orders and stock adjustments. Pure.
// The file's columns: InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country.
//
// Product:    a stock code. Its id is the code, percent-encoded where an id may not hold a character. Its name is the
//             first description that is not empty, its price the first positive price.
// Order:      an invoice that begins with neither C nor A, with its lines of positive quantity and price.
// Adjustment: every other line whose quantity is not zero.
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
    std::uint64_t line = 0;  // its line number in the file
};

struct Product {
    std::string id;
    std::string name;  // the stock code when no line has a description
    std::int64_t price_pence = 0;
    bool priced = false;
    std::int64_t units_ordered = 0;
};

struct Line {
    std::size_t product;  // index into Plan::products
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
    // The error is one sentence that names the line.
    std::expected<void, std::string> add(const Row& row);
    Plan take();

   private:
    std::size_t product_of(std::string_view stock_code);
    Order& order_of(std::string_view invoice, std::string_view customer);

    Plan plan_;
    std::unordered_map<std::string, std::size_t> products_;  // by stock code
    std::unordered_map<std::string, std::size_t> orders_;    // by invoice
};

// Reads a whole file, or its first `rows_max` rows. The error is one sentence that names the line.
std::expected<Plan, std::string> read_plan(std::streambuf& csv, std::optional<std::uint64_t> rows_max = {});

// Characters outside [A-Za-z0-9._~-] become %XX.
std::string percent_encoded(std::string_view text);

// Converts a decimal number of pounds to pence; half a penny is rounded away from zero. Returns nothing for any other text.
std::optional<std::int64_t> pence(std::string_view pounds);
// Returns whether a decimal number is greater than zero.
bool is_positive(std::string_view number);

// A factor with at most six decimals, in millionths, so that ceil(F x units) is exact.
std::optional<std::int64_t> parse_factor(std::string_view text);
std::int64_t units_received(std::int64_t factor_millionths, std::int64_t units_ordered);

}  // namespace sillok::online_retail
