#include "tools/import/online_retail.hpp"

#include "eventstore/base/parse_number.hpp"
#include "tools/import/csv.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace sillok::online_retail {
namespace {

constexpr std::string_view header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// [-]digits[.digits], at least one digit.
struct Decimal {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
    Decimal decimal;
    if (text.starts_with('-')) {
        decimal.negative = true;
        text.remove_prefix(1);
    }
    const auto point = text.find('.');
    decimal.whole = text.substr(0, point);
    if (point != std::string_view::npos) decimal.fraction = text.substr(point + 1);
    if (decimal.whole.size() + decimal.fraction.size() == 0) return std::nullopt;
    if (!std::ranges::all_of(decimal.whole, is_digit) || !std::ranges::all_of(decimal.fraction, is_digit))
        return std::nullopt;
    return decimal;
}

// Returns the number times 10^digits, rounded half up; nothing when it is too large.
std::optional<std::int64_t> scaled(const Decimal& decimal, std::size_t digits) {
    std::string text{decimal.whole};
    text += decimal.fraction.substr(0, digits);
    text.append(digits - std::min(digits, decimal.fraction.size()), '0');
    if (text.empty()) text = "0";
    auto number = parse_number<std::int64_t>(text);
    if (!number || *number > 1'000'000'000'000'000) return std::nullopt;
    if (decimal.fraction.size() > digits && decimal.fraction[digits] >= '5') ++*number;
    return decimal.negative ? -*number : *number;
}

std::string at_line(std::uint64_t line, std::string_view what) {
    return "line " + std::to_string(line) + ": " + std::string{what};
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || c == '.' || c == '_' || c == '~' || c == '-') {
            encoded += c;
        } else {
            encoded += '%';
            encoded += hex[byte >> 4];
            encoded += hex[byte & 15];
        }
    }
    return encoded;
}

std::optional<std::int64_t> pence(std::string_view pounds) {
    const auto decimal = parse_decimal(pounds);
    return decimal ? scaled(*decimal, 2) : std::nullopt;
}

bool is_positive(std::string_view number) {
    const auto decimal = parse_decimal(number);
    const auto is_zero = [](std::string_view digits) {
        return std::ranges::all_of(digits, [](char c) { return c == '0'; });
    };
    return decimal && !decimal->negative && !(is_zero(decimal->whole) && is_zero(decimal->fraction));
}

std::optional<std::int64_t> parse_factor(std::string_view text) {
    const auto decimal = parse_decimal(text);
    if (!decimal || decimal->negative || decimal->fraction.size() > 6 || decimal->whole.size() > 6) return std::nullopt;
    return scaled(*decimal, 6);
}

std::int64_t units_received(std::int64_t factor_millionths, std::int64_t units_ordered) {
    // Whole units and the fraction are multiplied apart: together the product would overflow.
    const auto whole = factor_millionths / 1'000'000 * units_ordered;
    const auto rest = factor_millionths % 1'000'000 * units_ordered;
    return whole + (rest + 999'999) / 1'000'000;
}

std::size_t Planner::product_of(std::string_view stock_code) {
    const auto [known, fresh] = products_.try_emplace(std::string{stock_code}, plan_.products.size());
    if (fresh) plan_.products.push_back({.id = percent_encoded(stock_code), .name = ""});
    return known->second;
}

Order& Planner::order_of(std::string_view invoice, std::string_view customer) {
    const auto [known, fresh] = orders_.try_emplace(std::string{invoice}, plan_.orders.size());
    if (fresh)
        plan_.orders.push_back({.invoice = std::string{invoice},
                                .customer = customer.empty() ? "guest" : "c-" + percent_encoded(customer),
                                .lines = {}});
    return plan_.orders[known->second];
}

std::expected<void, std::string> Planner::add(const Row& row) {
    if (row.invoice.empty()) return std::unexpected(at_line(row.line, "no invoice number"));
    if (row.stock_code.empty()) return std::unexpected(at_line(row.line, "no stock code"));
    const auto price = pence(row.unit_price);
    if (!price) return std::unexpected(at_line(row.line, "the price is not a number"));

    const auto index = product_of(row.stock_code);
    auto& product = plan_.products[index];
    if (product.name.empty()) product.name = trimmed(row.description);
    const bool positive_price = is_positive(row.unit_price);
    if (positive_price && !product.priced) {
        product.price_pence = *price;
        product.priced = true;
    }

    const bool is_order = !row.invoice.starts_with('C') && !row.invoice.starts_with('A');
    if (is_order && row.quantity > 0 && positive_price) {
        order_of(row.invoice, row.customer).lines.push_back({index, row.quantity, *price});
        product.units_ordered += row.quantity;
    } else if (row.quantity != 0) {
        plan_.adjustments.push_back({index, row.quantity, std::string{row.invoice}, row.line});
    }
    return {};
}

Plan Planner::take() {
    for (const auto& [stock_code, index] : products_)
        if (auto& name = plan_.products[index].name; name.empty()) name = stock_code;
    return std::move(plan_);
}

namespace {

std::string wrong_columns(std::string found) {
    constexpr std::size_t shown_max = 200;
    std::string hint;
    if (found.contains('\0') || found.starts_with("\xFF\xFE"))
        return "this is no CSV in UTF-8 but another kind of file; the columns are " + std::string{header};
    if (found.contains(';')) hint = "; they are separated by semicolons: save the file with commas";
    if (found.size() > shown_max) found = found.substr(0, shown_max) + "...";
    return "the columns are " + (found.empty() ? "missing" : found) + " instead of " + std::string{header} + hint;
}

}  // namespace

std::expected<Plan, std::string> read_plan(std::streambuf& csv, std::optional<std::uint64_t> rows_max) {
    try {
        CsvReader reader{csv};
        std::vector<std::string> fields;
        std::string first;
        if (reader.next(fields))
            for (const auto& field : fields) first += (first.empty() ? "" : ",") + field;
        if (first != header) return std::unexpected(at_line(1, wrong_columns(first)));

        Planner planner;
        for (std::uint64_t rows = 0; (!rows_max || rows < *rows_max) && reader.next(fields); ++rows) {
            if (fields.size() != 8)
                return std::unexpected(at_line(reader.line(), std::to_string(fields.size()) + " fields instead of 8"));
            const auto quantity = parse_number<std::int64_t>(fields[3]);
            if (!quantity) return std::unexpected(at_line(reader.line(), "the quantity is not a whole number"));
            const auto added = planner.add({.invoice = fields[0],
                                            .stock_code = fields[1],
                                            .description = fields[2],
                                            .quantity = *quantity,
                                            .unit_price = fields[5],
                                            .customer = fields[6],
                                            .line = reader.line()});
            if (!added) return std::unexpected(added.error());
        }
        return planner.take();
    } catch (const CsvError& error) {
        return std::unexpected(error.what());
    }
}

}  // namespace sillok::online_retail
