// Reads the events of one product's stock.
#pragma once

#include "aggregates/stock.hpp"
#include "sagas/reconciliation/log_reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sillok::reconciliation {

class StockReader {
   public:
    // REQUIRES: both outlive the reader.
    StockReader(ReadingAt at, const std::string& product)
        : at_(at), product_(product), stock_(at.entries.products[product]) {}

    void read(const stock::Stock::Event& event);

   private:
    void apply(const stock::event::Received& event);
    void apply(const stock::event::Adjusted& event);
    void apply(const stock::event::Reserved& event);
    void apply(const stock::event::Released& event);
    void apply(const stock::event::Committed& event);
    void apply(const stock::event::Returned& event);
    // Removes the order's quantity. Reports a difference if it is another quantity.
    void remove(std::unordered_map<std::string, std::int64_t>& from, const OrderId& order, Quantity quantity,
                std::string_view what);
    void check_bounds();

    [[nodiscard]] OrderEntry& order(const OrderId& id) { return at_.entries.orders[id.value]; }

    const ReadingAt at_;
    const std::string& product_;
    StockEntry& stock_;
};

}  // namespace sillok::reconciliation
