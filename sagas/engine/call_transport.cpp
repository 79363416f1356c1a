#include "sagas/engine/call_transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace sillok::saga {

void CallTransport::spawn(asio::awaitable<void> call, std::function<void()> on_end) {
    const auto signal = in_flight_.emplace(in_flight_.end());
    asio::co_spawn(context_, std::move(call),
                   asio::bind_cancellation_slot(signal->slot(),
                                                [this, signal, on_end = std::move(on_end)](const std::exception_ptr&) {
                                                    in_flight_.erase(signal);
                                                    on_end();
                                                }));
}

asio::awaitable<std::expected<CallTransport::Response, errc>> CallTransport::send(const ProviderCall& call) {
    const auto durable = co_await store_.durable(call.intended);
    if (!durable) co_return std::unexpected(durable.error());
    if (abandoned_) co_return std::unexpected(errc::closed);
    Response response;
    const auto begun = std::chrono::steady_clock::now();  // the wall clock may be set meanwhile
    try {
        auto calling = saga::call(payments_, call.request);
        response.answer = co_await std::move(calling);
    } catch (const std::exception& error) {
        response.answer = provider::Unknown{error.what()};
    }
    const auto took = std::chrono::steady_clock::now() - begun;
    response.took = std::chrono::duration_cast<std::chrono::milliseconds>(took);
    co_return response;
}

void CallTransport::abandon() {
    abandoned_ = true;
    payments_.close();
    for (auto& signal : in_flight_) signal.emit(asio::cancellation_type::terminal);
}

}  // namespace sillok::saga
