// Makes the sagas' calls to the payment provider, each in a coroutine of its own.
//
// Order:   a request is sent when its intent is durable.
// Threads: every member runs in the sagas' thread.
// Errors:  an exception of the payments port counts as an unknown outcome.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/provider_call.hpp"
#include "sagas/payments/payments.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <expected>
#include <functional>
#include <list>

namespace sillok::saga {

class CallTransport {
   public:
    struct Response {
        ProviderResponse answer;
        std::chrono::milliseconds took{};
    };
    // REQUIRES: everything referred to outlives the transport.
    CallTransport(asio::io_context& context, EventStore& store, Payments& payments)
        : context_(context), store_(store), payments_(payments) {}

    // Runs the coroutine of a call; then on_end().
    void spawn(asio::awaitable<void> call, std::function<void()> on_end);
    // Returns the response. Returns why there is none: the log failed, or the calls were abandoned before it was sent.
    // REQUIRES: called by a spawned coroutine.
    asio::awaitable<std::expected<Response, errc>> send(const ProviderCall& call);

    // Cancels the calls in flight. The log tells the next start to make them again, with the same keys.
    void abandon();
    [[nodiscard]] bool is_abandoned() const { return abandoned_; }
    [[nodiscard]] bool is_idle() const { return in_flight_.empty(); }

   private:
    asio::io_context& context_;
    EventStore& store_;
    Payments& payments_;
    std::list<asio::cancellation_signal> in_flight_;
    bool abandoned_ = false;
};

}  // namespace sillok::saga
