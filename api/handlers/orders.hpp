// Handlers under /v1/orders: placing, cancelling, and what became of an order.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/order.hpp"
#include "aggregates/product.hpp"
#include "api/admission.hpp"
#include "api/handlers/freshness.hpp"
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

namespace sillok::api {

class Orders {
   public:
    Orders(CommandProcessor<order::Order>& orders, CommandProcessor<product::Product>& products, EventStore& store,
           View<OrderHistory>& rows, View<SagaMonitor>& sagas, Freshness& freshness, SagaRuntime& runtime,
           const Clock& clock)
        : orders_(orders),
          products_(products),
          store_(store),
          rows_(rows),
          sagas_(sagas),
          freshness_(freshness),
          runtime_(runtime),
          admission_(store, runtime.position()),
          clock_(clock) {}

    ResponseTask place(const Request& request);
    ResponseTask request_cancellation(const Request& request);
    ResponseTask list(const Request& request);
    ResponseTask list_of_customer(const Request& request);  // "my page"
    ResponseTask show(const Request& request);              // with ?asOf= as it was then
    ResponseTask events(const Request& request);
    ResponseTask saga(const Request& request);

   private:
    struct Form;

    // Whether a new order has to wait for the sagas. While they are told to stand still, and while the payment provider
    // is left alone, orders are taken all the same and carried out later.
    [[nodiscard]] bool must_queue(const BreakerSnapshot& breaker) const;

    // Names and prices as they are now; the problem names every line whose product cannot be ordered.
    std::expected<std::vector<order::Line>, Problem> priced(const Form& form);
    // The order's row once no saga has to answer for it, or as it is when the time has passed.
    asio::awaitable<std::optional<OrderHistory::Row>> settled(OrderId id, Position after,
                                                              std::chrono::milliseconds within);
    // The answer with the row that it waited for, if the request asks to wait.
    ResponseTask waited(const Request& request, OrderId id, Response answer);
    ResponseTask page_of(const Request& request, Selection selection, PageRequest page);
    ResponseTask show_as_of(const Request& request, OrderId id, std::string_view when);

    CommandProcessor<order::Order>& orders_;
    CommandProcessor<product::Product>& products_;
    EventStore& store_;
    View<OrderHistory>& rows_;
    View<SagaMonitor>& sagas_;
    Freshness& freshness_;
    const SagaRuntime& runtime_;  // for its breaker: who pays later
    Admission admission_;
    const Clock& clock_;
};

}  // namespace sillok::api
