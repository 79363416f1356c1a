#include "api/handlers/order_trail.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_names.hpp"

#include <algorithm>
#include <string>

namespace sillok::api {

namespace {

// Per stream. Only a saga that was retried for days is longer; /v1/events has the rest.
constexpr std::size_t stream_events_max = 10'000;

std::vector<std::string> streams_of(const OrderId& id) {
    std::vector<std::string> streams{stream_name<order::Order>(id), stream_name<payment::Payment>(id),
                                     stream_name<delivery::Delivery>(id)};
    for (const auto& manager : saga::all_sagas()) streams.push_back(saga::stream_of(*manager.definition, id));
    return streams;
}

}  // namespace

OrderTrail::OrderTrail(const EventStore& store, const OrderId& id) {
    for (const auto& stream : streams_of(id)) {
        auto batch = store.read_stream(stream, Version{1}, stream_events_max);
        if (batch.empty()) continue;
        events_.insert(events_.end(), batch.begin(), batch.end());
        batches_.push_back(std::move(batch));
    }
    std::ranges::sort(events_, {}, &Recorded::position);
}

}  // namespace sillok::api
