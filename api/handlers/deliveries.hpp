// Handlers under /v1/deliveries.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/delivery.hpp"
#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/delivery_status.hpp"

#include <atomic>

namespace sillok::api {

class Deliveries {
   public:
    Deliveries(CommandProcessor<delivery::Delivery>& deliveries, View<DeliveryStatus>& rows, Freshness& freshness,
               const Clock& clock, const std::atomic<bool>& paused)
        : deliveries_(deliveries), rows_(rows), freshness_(freshness), clock_(clock), paused_(paused) {}

    ResponseTask start(const Request& request);
    ResponseTask complete(const Request& request);
    ResponseTask record_return(const Request& request);
    ResponseTask list(const Request& request);
    ResponseTask show(const Request& request);

   private:
    ResponseTask run(const Request& request, OrderId id, delivery::Delivery::Command command);

    CommandProcessor<delivery::Delivery>& deliveries_;
    View<DeliveryStatus>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
    const std::atomic<bool>& paused_;  // set by an operator (components.hpp)
};

}  // namespace sillok::api
