#include "sagas/payment_simulator/webhook_sender.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace sillok {
namespace {

namespace http = boost::beast::http;
using std::chrono::steady_clock;

enum class Reception : std::uint8_t { taken, refused, later };

Reception reception_of(http::status status) {
    switch (http::to_status_class(status)) {
        case http::status_class::successful: return Reception::taken;
        case http::status_class::client_error:
            return status == http::status::too_many_requests ? Reception::later : Reception::refused;
        default: return Reception::later;
    }
}

}  // namespace

WebhookSender::WebhookSender(const Clock& clock, WebhookSenderOptions options)
    : clock_(clock),
      options_(std::move(options)),
      http_(options_.to, {.idle_max = options_.sending_max}),
      thread_([this] { context_.run(); }) {}

WebhookSender::~WebhookSender() { stop(); }

void WebhookSender::stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { begin_to_stop(); });
    thread_.join();
}

void WebhookSender::begin_to_stop() {
    stopping_ = true;
    work_.reset();
    if (!waiting_.empty()) spdlog::info("{} webhooks are not sent any more", waiting_.size());
    waiting_.clear();
    timer_.expires_after(sending_ > 0 ? options_.drain_timeout : std::chrono::milliseconds{0});
    timer_.async_wait([this](const boost::system::error_code&) { http_.close(); });
}

void WebhookSender::send(std::string id, std::string body, std::chrono::milliseconds after) {
    asio::post(context_, [this, message = Message{std::move(id), std::move(body)},
                          when = steady_clock::now() + after]() mutable { take(std::move(message), when); });
}

void WebhookSender::take(Message message, Time when) {
    if (stopping_) return;
    if (waiting_.size() >= options_.waiting_max) {
        if (dropped_++ == 0) spdlog::warn("{} webhooks wait: further ones are dropped", waiting_.size());
        return;
    }
    waiting_.emplace(when, std::move(message));
    send_what_is_due();
}

void WebhookSender::send_what_is_due() {
    if (stopping_) return;
    const auto now = steady_clock::now();
    while (!waiting_.empty() && waiting_.begin()->first <= now && sending_ < options_.sending_max) {
        auto sending = send_once(std::move(waiting_.begin()->second));
        waiting_.erase(waiting_.begin());
        ++sending_;
        asio::co_spawn(context_, std::move(sending), [this](std::exception_ptr failed) {
            --sending_;
            if (failed) std::rethrow_exception(failed);
            if (stopping_ && sending_ == 0) timer_.cancel();
            send_what_is_due();
        });
    }
    if (waiting_.size() < options_.waiting_max && dropped_ > 0)
        spdlog::warn("{} webhooks were dropped", std::exchange(dropped_, 0));
    // With all connections in use the next one's end looks again.
    if (waiting_.empty() || sending_ >= options_.sending_max) return;
    timer_.expires_at(waiting_.begin()->first);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) send_what_is_due();
    });
}

asio::awaitable<void> WebhookSender::send_once(Message message) {
    ++message.tries;
    const auto sealed = signed_webhook(options_.secrets, message.id, message.body, clock_.now());
    const HttpExchange::Request request{
        http::verb::post,
        {},
        {{"webhook-id", sealed.id}, {"webhook-timestamp", sealed.timestamp}, {"webhook-signature", sealed.signature}},
        message.body};
    const auto until = steady_clock::now() + options_.answer_ms;
    const auto exchanged = co_await http_.exchange(request, message.tries > 1, until);
    if (!exchanged) {
        try_again(std::move(message), exchanged.error().what);
        co_return;
    }
    const auto said = fmt::format("the receiver answered {}", static_cast<unsigned>(exchanged->status));
    switch (reception_of(exchanged->status)) {
        case Reception::taken: spdlog::debug("webhook {} was taken", message.id); break;
        case Reception::refused: spdlog::warn("webhook {} is given up: {}", message.id, said); break;
        case Reception::later: try_again(std::move(message), said); break;
    }
}

void WebhookSender::try_again(Message message, const std::string& what) {
    if (stopping_) return;
    if (message.tries >= options_.tries_max) {
        spdlog::warn("webhook {} is given up after {} tries: {}", message.id, message.tries, what);
        return;
    }
    const auto pause = std::min(options_.pause_most, options_.pause_first * (1 << std::min(message.tries - 1, 20u)));
    waiting_.emplace(steady_clock::now() + pause, std::move(message));  // it had its room before
}

}  // namespace sillok
