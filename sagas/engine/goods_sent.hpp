// How many pieces have left for an order, as the journals of its sagas say. The stock itself knows only what is set
// aside now.
//
// It keeps what it has read of the last order that it was asked about, and reads on from there: an order of thousands
// of products needs one reading of its journals, not one for each product.
// Threads: one at a time.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/process_manager.hpp"

#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sillok::saga {

class GoodsSent {
   public:
    // REQUIRES: everything referred to outlives it.
    GoodsSent(EventStore& store, std::span<const Manager> managers) : store_(store), managers_(managers) {}

    // Returns the quantity of this product that has left for the order and has not come back; 0 if there is none.
    // Journals are read on disk. It waits until `written`, the last position of the sagas, is there, unless nothing has
    // moved this product's goods since the journals were read.
    // Throws JournalUnreadable; LogUnavailable if the log has ended.
    Quantity of(const OrderId& order, const ProductId& product, Position written);
    // A unit of work moves these goods. Whether it is committed does not matter.
    void moves(const OrderId& order, const ProductId& product);

   private:
    struct Journal {
        const Manager* manager;
        std::string stream;
        Version read{};
        const Definition* definition = nullptr;
        event::CommandScheduled intent{};
    };
    struct Goods {
        Quantity ordered;
        Quantity sent;
        Position last;  // of what was done with them
    };

    void begin(const OrderId& order);
    void read_on(Journal& journal);
    void read(Journal& journal, Position position, const Event& event);
    void settle(const Journal& journal, Position position, const event::CommandScheduled& intent,
                const event::CommandCompleted& result);

    EventStore& store_;
    const std::span<const Manager> managers_;
    OrderId order_;                                 // empty: none
    std::vector<Journal> journals_;                 // of that order, as far as they were read
    std::unordered_map<std::string, Goods> goods_;  // by the product's stock stream
    std::unordered_set<std::string> moved_;         // stock streams, since the journals were begun
};

}  // namespace sillok::saga
