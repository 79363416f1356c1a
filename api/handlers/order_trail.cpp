#include "api/handlers/order_trail.hpp"

#include <algorithm>
#include <string>

namespace sillok::api {

namespace {

// Per stream. Only a saga that was retried for days is longer; /v1/events has the rest.
constexpr std::size_t stream_events_max = 10'000;
constexpr std::string_view prefixes[] = {"order-", "payment-", "delivery-", "saga-fulfilment-", "saga-cancellation-"};

}  // namespace

OrderTrail::OrderTrail(const EventStore& store, const OrderId& id) {
    for (const auto prefix : prefixes) {
        auto batch = store.read_stream(std::string{prefix} + id.value, Version{1}, stream_events_max);
        if (batch.empty()) continue;
        events_.insert(events_.end(), batch.begin(), batch.end());
        batches_.push_back(std::move(batch));
    }
    std::ranges::sort(events_, {}, &Recorded::position);
}

}  // namespace sillok::api
