// Handlers under /v1/deliveries: the seller's work list, and the goods on their way.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/delivery.hpp"
#include "api/answer.hpp"
#include "api/freshness.hpp"
#include "api/request.hpp"
#include "projections/delivery_status.hpp"
#include "projections/view.hpp"

#include <atomic>

namespace sillok::api {

class Deliveries {
   public:
    Deliveries(CommandProcessor<delivery::Delivery>& deliveries, View<DeliveryStatus>& rows, Freshness& freshness,
               const Clock& clock, const std::atomic<bool>& paused)
        : deliveries_(deliveries), rows_(rows), freshness_(freshness), clock_(clock), paused_(paused) {}

    Answering start(const Request& request);
    Answering complete(const Request& request);
    Answering take_back(const Request& request);
    Answering list(const Request& request);
    Answering show(const Request& request);

   private:
    Answering run(const Request& request, OrderId id, delivery::Delivery::Command command);

    CommandProcessor<delivery::Delivery>& deliveries_;
    View<DeliveryStatus>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
    const std::atomic<bool>& paused_;  // by an operator (parts.hpp)
};

}  // namespace sillok::api
