#include "sagas/reconciliation/stock_reader.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <variant>

namespace sillok::reconciliation {

void StockReader::read(const stock::Stock::Event& event) {
    std::visit([&](const auto& one) { apply(one); }, event);
    check_bounds();
}

void StockReader::check_bounds() {
    const bool is_within = 0 <= stock_.reserved && stock_.reserved <= stock_.on_hand;
    if (!is_within && !stock_.is_out_of_bounds)
        at_.differs("", product_, fmt::format("{} reserved of {} on hand", stock_.reserved, stock_.on_hand));
    stock_.is_out_of_bounds = !is_within;
}

void StockReader::remove(std::unordered_map<std::string, std::int64_t>& from, const OrderId& order, Quantity quantity,
                         std::string_view what) {
    const auto found = from.find(order.value);
    const auto present = found == from.end() ? 0 : found->second;
    if (present != quantity.value)
        at_.differs(order.value, product_, fmt::format("{} {} where it is {}", quantity.value, what, present));
    if (found != from.end()) from.erase(found);
}

void StockReader::apply(const stock::event::Received& event) { stock_.on_hand += event.quantity.value; }
void StockReader::apply(const stock::event::Adjusted& event) { stock_.on_hand += event.delta.value; }

void StockReader::apply(const stock::event::Reserved& event) {
    const auto& id = event.order.value;
    auto& for_order = order(event.order);
    stock_.reserved += event.quantity.value;
    ++for_order.products_held;
    if (!stock_.reserved_for.emplace(id, event.quantity.value).second)
        at_.differs(id, product_, "reserved a second time");
    if (for_order.phase == OrderPhase::absent) {
        at_.differs(id, product_, "reserved for an order that is not there");
        return;
    }
    const auto item = std::ranges::find(for_order.items, ProductId{product_}, &saga::Item::product);
    const auto ordered = item == for_order.items.end() ? 0 : item->quantity.value;
    if (ordered != event.quantity.value)
        at_.differs(id, product_, fmt::format("{} reserved of {} ordered", event.quantity.value, ordered));
}

void StockReader::apply(const stock::event::Released& event) {
    remove(stock_.reserved_for, event.order, event.quantity, "released");
    stock_.reserved -= event.quantity.value;
    --order(event.order).products_held;
}

void StockReader::apply(const stock::event::Committed& event) {
    remove(stock_.reserved_for, event.order, event.quantity, "committed");
    stock_.reserved -= event.quantity.value;
    stock_.on_hand -= event.quantity.value;
    stock_.away[event.order.value] += event.quantity.value;
}

void StockReader::apply(const stock::event::Returned& event) {
    remove(stock_.away, event.order, event.quantity, "returned");
    stock_.on_hand += event.quantity.value;
    --order(event.order).products_held;
}

}  // namespace sillok::reconciliation
