#include "projections/views/stock_levels.hpp"

#include "aggregates/skipped_event.hpp"
#include "eventstore/stream_name.hpp"
#include "projections/engine/decoded.hpp"
#include "projections/engine/search_text.hpp"
#include "projections/engine/view_definition.hpp"

#include <utility>

namespace sillok {

namespace {

enum Index : IndexNumber { for_sale_by_name = 1, all_by_name = 2, for_sale_by_piece = 3 };  // stored

using Row = StockLevels::Row;

// Keys stay short; the note holds the whole name for the search.
constexpr std::size_t sorted_bytes_max = 64;

product::Product::Phase phase_of(const Row& row) {
    using Phase = product::Product::Phase;
    if (!row.listed) return Phase::absent;
    return row.discontinued ? Phase::discontinued : Phase::listed;
}

void follow_product(Row& row, const product::Product::Event& event) {
    const auto describe = [&row](const auto& it) {
        row.product_name = it.product_name;
        row.price = it.price;
        row.description = it.description;
        row.kind = it.kind;
        row.listed = true;
    };
    std::visit(Overloaded{
                   [&](const product::event::Registered& it) {
                       describe(it);
                       row.discontinued = false;
                   },
                   [&](const product::event::Revised& it) { describe(it); },
                   [&](const product::event::Discontinued&) { row.discontinued = true; },
               },
               event);
}

void follow_stock(Row& row, const stock::Stock::Event& event) {
    std::visit(Overloaded{
                   [&](const stock::event::Received& it) { row.on_hand += it.quantity; },
                   [&](const stock::event::Adjusted& it) { row.on_hand += it.delta; },
                   [&](const stock::event::Reserved& it) { row.reserved += it.quantity; },
                   [&](const stock::event::Released& it) { row.reserved -= it.quantity; },
                   [&](const stock::event::Committed& it) {
                       row.on_hand -= it.quantity;
                       row.reserved -= it.quantity;
                   },
                   [&](const stock::event::Returned& it) { row.on_hand += it.quantity; },
               },
               event);
    row.available = row.on_hand - row.reserved;
}

Selection named(IndexNumber index, const SearchPattern& pattern) {
    if (pattern.empty()) return {index, {}};
    return {index, {}, [pattern](std::string_view note) { return pattern.is_in(note); }};
}

}  // namespace

std::optional<std::string> StockLevels::key(const Recorded& event) {
    const auto category = category_of(event.stream);
    if (category != stock::Stock::category && category != product::Product::category) return std::nullopt;
    return std::string{id_of(event.stream)};
}

std::optional<Row> StockLevels::project(std::optional<Row> row, const Recorded& event) {
    if (is_skip(event)) {
        if (row)
            (category_of(event.stream) == stock::Stock::category ? row->stock_version : row->version) = event.version;
        return row;
    }
    if (!row) {
        row.emplace();
        row->product = ProductId{std::string{id_of(event.stream)}};
    }
    if (category_of(event.stream) == stock::Stock::category) {
        const auto happened = decoded<stock::Stock::Event>(event);
        require_follows(stock::follows(row->on_hand, row->reserved, happened), event);
        follow_stock(*row, happened);
        row->stock_version = event.version;
    } else {
        const auto happened = decoded<product::Product::Event>(event);
        require_follows(product::follows(phase_of(*row), happened), event);
        follow_product(*row, happened);
        row->version = event.version;
    }
    return row;
}

std::vector<IndexEntry> StockLevels::indexes(const Row& row) {
    if (!row.listed) return {};
    const auto searched = search_text(row.product_name);
    const auto sorted = searched.substr(0, sorted_bytes_max);
    std::vector<IndexEntry> entries{{all_by_name, {}, sorted, searched}};
    if (row.discontinued) return entries;
    entries.push_back({for_sale_by_name, {}, sorted, searched});
    for (auto& piece : pieces_of(searched)) entries.push_back({for_sale_by_piece, std::move(piece), sorted, {}});
    return entries;
}

std::vector<std::string> StockLevels::streams(std::string_view key) {
    const ProductId id{std::string{key}};
    return {stream_name<product::Product>(id), stream_name<stock::Stock>(id)};
}

bool StockLevels::moves(const Recorded& event) { return category_of(event.stream) != stock::Stock::category; }

std::optional<std::string> StockLevels::invariant_violation(const Row& row) {
    if (row.reserved < Quantity{0}) return "less than nothing is reserved";
    if (row.reserved > row.on_hand) return "more is reserved than on hand";
    if (row.available != row.on_hand - row.reserved) return "available is not on hand less reserved";
    return std::nullopt;
}

Selection StockLevels::for_sale(std::string_view search) {
    const SearchPattern pattern{search};
    auto selection = named(for_sale_by_name, pattern);
    if (pattern.empty()) return selection;
    selection.narrowing = for_sale_by_piece;
    selection.narrowed_to = pattern.pieces();
    return selection;
}

Selection StockLevels::all(std::string_view search) { return named(all_by_name, SearchPattern{search}); }

template class View<StockLevels>;

}  // namespace sillok
