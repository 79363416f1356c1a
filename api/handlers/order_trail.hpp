// The events of one order from all the streams that tell of it: order, payment, delivery and its sagas.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/event.hpp"
#include "eventstore/event_store.hpp"

#include <vector>

namespace sillok::api {

class OrderTrail {
   public:
    OrderTrail(const EventStore& store, const OrderId& id);

    // In position order. REQUIRES: the trail outlives its use.
    [[nodiscard]] const std::vector<Recorded>& events() const { return events_; }

   private:
    std::vector<EventBatch> batches_;
    std::vector<Recorded> events_;
};

}  // namespace sillok::api
