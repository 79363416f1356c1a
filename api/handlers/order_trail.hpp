// The events of one order from all its streams: order, payment, delivery and sagas.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/event.hpp"
#include "eventstore/event_store.hpp"

#include <vector>

namespace sillok::api {

class OrderTrail {
   public:
    OrderTrail(const EventStore& store, const OrderId& id);

    // In log order. Valid as long as the trail.
    [[nodiscard]] const std::vector<Recorded>& events() const { return events_; }

   private:
    std::vector<EventBatch> batches_;
    std::vector<Recorded> events_;
};

}  // namespace sillok::api
