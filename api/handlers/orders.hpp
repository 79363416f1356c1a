// Handlers under /v1/orders: commands and queries.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/product.hpp"
#include "api/admission.hpp"
#include "api/handlers/freshness.hpp"
#include "api/handlers/order_form.hpp"
#include "api/http/heavy_work.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/event_store.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/order_history.hpp"
#include "projections/views/saga_monitor.hpp"
#include "sagas/engine/saga_runtime.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <span>
#include <vector>

namespace sillok::api {

class Orders {
   public:
    Orders(CommandProcessor<order::Order>& orders, CommandProcessor<product::Product>& products,
           CommandProcessor<delivery::Delivery>& deliveries, EventStore& store, View<OrderHistory>& rows,
           View<SagaMonitor>& sagas, Freshness& freshness, SagaRuntime& runtime, HeavyWork& heavy, const Clock& clock)
        : orders_(orders),
          products_(products),
          deliveries_(deliveries),
          store_(store),
          rows_(rows),
          sagas_(sagas),
          freshness_(freshness),
          runtime_(runtime),
          admission_(store, runtime.position()),
          heavy_(heavy),
          clock_(clock) {}

    ResponseTask place(const Request& request);
    ResponseTask request_cancellation(const Request& request);
    ResponseTask list(const Request& request);
    ResponseTask list_of_customer(const Request& request);
    ResponseTask show(const Request& request);  // ?asOf= shows a past state
    ResponseTask events(const Request& request);
    ResponseTask saga(const Request& request);

   private:
    // Whether backpressure applies (admission.hpp). While sagas are paused or the payment provider's breaker is open,
    // orders are accepted without it and completed later.
    [[nodiscard]] bool must_queue(const BreakerSnapshot& breaker) const;

    // The lines with the products' current names and prices. The problem names every line that cannot be ordered.
    std::expected<std::vector<order::Line>, Problem> priced(const OrderForm& form);
    // Whether the order's goods have arrived. False of a delivery that cannot be read: the saga will tell.
    bool have_goods_arrived(const OrderId& id);
    // The order's row once no saga works on it, or the current row after the time limit.
    asio::awaitable<std::optional<OrderHistory::Row>> settled(OrderId id, Position after,
                                                              std::chrono::milliseconds within);
    // All lines of an order: those of the row, or those of its first event, read into `room`.
    [[nodiscard]] std::span<const order::Line> lines_of(const OrderHistory::Row& row,
                                                        std::vector<order::Line>& room) const;
    // Replaces the response's body by the row after waiting (Prefer: wait=N).
    ResponseTask waited(const Request& request, OrderId id, Response response);
    ResponseTask page_of(const Request& request, Selection selection);
    ResponseTask show_as_of(const Request& request, OrderId id, std::string_view when);

    CommandProcessor<order::Order>& orders_;
    CommandProcessor<product::Product>& products_;
    CommandProcessor<delivery::Delivery>& deliveries_;
    EventStore& store_;
    View<OrderHistory>& rows_;
    View<SagaMonitor>& sagas_;
    Freshness& freshness_;
    const SagaRuntime& runtime_;
    Admission admission_;
    HeavyWork& heavy_;
    const Clock& clock_;
};

}  // namespace sillok::api
