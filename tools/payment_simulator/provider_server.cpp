#include "tools/payment_simulator/provider_server.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sillok {
namespace {

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

ProviderHttpRequest provider_request(const api::RequestMessage& message) {
    using Method = ProviderHttpRequest::Method;
    const auto method = message.method() == http::verb::get       ? Method::get
                        : message.method() == http::verb::post    ? Method::post
                        : message.method() == http::verb::delete_ ? Method::remove
                                                                  : Method::other;
    return {method, view(message.target()), view(message["Idempotency-Key"]), message.body()};
}

api::ResponseMessage message_of(ProviderHttpResponse response) {
    api::ResponseMessage message;
    message.result(response.status);
    message.set(http::field::content_type, "application/json");
    message.body() = std::move(response.body);
    return message;
}

}  // namespace

ProviderServer::ProviderServer(SimulatedProvider& provider, LedgerFile* file, ProviderServerOptions options,
                               std::optional<api::BoundPort> port)
    : provider_(provider),
      dispatcher_(provider),
      file_(file),
      on_operation_(std::move(options.on_operation)),
      retention_(options.retention),
      listener_(*this, std::move(options.listener), std::move(port)) {}

// The file's thread must not resume a coroutine of the listener any more.
ProviderServer::~ProviderServer() {
    if (file_ != nullptr) file_->close();
}

void ProviderServer::run() {
    auto forgetting = forget_from_time_to_time();
    if (retention_) asio::co_spawn(listener_.executor(), std::move(forgetting), asio::detached);
    listener_.run();
    if (file_lost_) throw std::runtime_error("the ledger cannot be written any more");
}

void ProviderServer::stop() { listener_.stop_at_once(); }

asio::awaitable<std::optional<api::ResponseMessage>> ProviderServer::respond(const api::RequestMessage& request) {
    if (retention_) provider_.ledger().set_time(retention_->clock->now());
    auto response = dispatcher_.dispatch(provider_request(request));
    const bool stored = co_await store(response.posted);
    if (!stored) {
        file_lost_ = true;
        listener_.stop_at_once();
        co_return std::nullopt;
    }
    if (response.posted && on_operation_) on_operation_(*response.posted);
    if (response.wait.count() > 0) {
        asio::steady_timer timer{co_await asio::this_coro::executor, response.wait};
        co_await timer.async_wait(asio::use_awaitable);
    }
    if (!response.delivered) co_return std::nullopt;
    co_return message_of(std::move(response));
}

asio::awaitable<void> ProviderServer::forget_from_time_to_time() {
    using namespace std::chrono_literals;
    const auto pause = std::clamp<std::chrono::milliseconds>(retention_->keep / 16, 1s, 24h);
    asio::steady_timer timer{co_await asio::this_coro::executor};
    for (;;) {
        const Timestamp before{retention_->clock->now().value - retention_->keep.count()};
        auto forgotten = provider_.ledger().forget(before);
        if (!forgotten.empty()) spdlog::info("{} operations are forgotten", forgotten.size());
        if (!forgotten.empty() && file_ != nullptr) file_->forget(std::move(forgotten));
        timer.expires_after(pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<bool> ProviderServer::store(const std::optional<ProviderOperation>& posted) {
    if (file_ == nullptr) co_return true;
    if (posted) file_->append(*posted);
    // A response may also depend on an operation that another call has just posted.
    co_return co_await file_->durable();
}

std::optional<api::ResponseMessage> ProviderServer::refuse_by_head(const api::RequestMessage&) { return std::nullopt; }

std::optional<api::ResponseMessage> ProviderServer::refuse(const api::Unreadable& why, const api::RequestMessage&) {
    if (why.status == http::status::request_timeout) return std::nullopt;
    if (why.status == http::status::payload_too_large) return message_of(provider_error(413, "the body is too long"));
    const auto status = static_cast<unsigned>(why.status);
    return message_of(provider_error(status, why.detail.empty() ? "this is not HTTP/1.1" : why.detail));
}

}  // namespace sillok
