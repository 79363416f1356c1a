// What is set aside of a product, by order: only reservations that are neither released nor committed, so what orders
// of the past had leaves no trace. Made for a million of them.
//
// Copies:  constant time. A copy shares the entries until one of the two changes; then that one makes its own. So a
//          state can be copied to look at what a command would do, and a copy that is soon gone costs nothing.
// Order:   by order id, and with the same entries the same bytes.
// Threads: as a value; copies may be used by different threads.
#pragma once

#include "aggregates/values.hpp"

#include <cstddef>
#include <map>
#include <memory>

namespace sillok::stock {

class OpenReservations {
   public:
    using Entries = std::map<OrderId, Quantity>;

    // Returns nullptr if nothing is set aside for the order.
    [[nodiscard]] const Quantity* find(const OrderId& order) const {
        const auto found = entries().find(order);
        return found == entries().end() ? nullptr : &found->second;
    }
    void set(const OrderId& order, Quantity quantity) { own().insert_or_assign(order, quantity); }
    void erase(const OrderId& order) {
        if (find(order) != nullptr) own().erase(order);
    }

    [[nodiscard]] const Entries& entries() const { return entries_ ? *entries_ : none(); }
    [[nodiscard]] std::size_t size() const { return entries().size(); }

    friend bool operator==(const OpenReservations& a, const OpenReservations& b) {
        return a.entries_ == b.entries_ || a.entries() == b.entries();
    }
    static void fields(const OpenReservations& self, auto&& visit) { visit("open", self.entries()); }
    static void fields(OpenReservations& self, auto&& visit) { visit("open", self.own()); }

   private:
    static const Entries& none() {
        static const Entries nothing;
        return nothing;
    }
    Entries& own() {
        if (!entries_)
            entries_ = std::make_shared<Entries>();
        else if (entries_.use_count() > 1)
            entries_ = std::make_shared<Entries>(*entries_);
        return *entries_;
    }

    std::shared_ptr<Entries> entries_;  // none: empty
};

}  // namespace sillok::stock
