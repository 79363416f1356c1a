#include "tools/payment_simulator/webhook_sender.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace sillok {
namespace {

using std::chrono::steady_clock;

enum class Verdict : std::uint8_t { accepted, refused, later };

Verdict verdict_of(unsigned status) {
    constexpr unsigned too_many_requests = 429;
    switch (status / 100) {
        case 2: return Verdict::accepted;
        case 4: return status == too_many_requests ? Verdict::later : Verdict::refused;
        default: return Verdict::later;
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
    if (!waiting_.empty()) spdlog::info("{} waiting webhooks are dropped", waiting_.size());
    waiting_.clear();
    timer_.expires_after(sending_ > 0 ? options_.drain_timeout : std::chrono::milliseconds{0});
    timer_.async_wait([this](const boost::system::error_code&) { http_.close(); });
}

void WebhookSender::send(std::string id, std::string body, std::chrono::milliseconds after) {
    asio::post(context_, [this, message = Message{std::move(id), std::move(body)},
                          when = steady_clock::now() + after]() mutable { enqueue(std::move(message), when); });
}

void WebhookSender::enqueue(Message message, Time when) {
    if (stopping_) return;
    if (waiting_.size() >= options_.waiting_max) {
        if (dropped_++ == 0) spdlog::warn("{} webhooks wait: further ones are dropped", waiting_.size());
        return;
    }
    waiting_.emplace(when, std::move(message));
    send_due_messages();
}

void WebhookSender::send_due_messages() {
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
            send_due_messages();
        });
    }
    if (waiting_.size() < options_.waiting_max && dropped_ > 0)
        spdlog::warn("{} webhooks were dropped", std::exchange(dropped_, 0));
    // If all connections are in use, the end of the next one calls this again.
    if (waiting_.empty() || sending_ >= options_.sending_max) return;
    timer_.expires_at(waiting_.begin()->first);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) send_due_messages();
    });
}

asio::awaitable<void> WebhookSender::send_once(Message message) {
    ++message.tries;
    const auto signed_headers = signed_webhook(options_.secrets, message.id, message.body, clock_.now());
    const HttpExchange::Request request{"POST",
                                        {},
                                        {{"Accept", "application/json"},
                                         {"Content-Type", "application/json"},
                                         {"webhook-id", signed_headers.id},
                                         {"webhook-timestamp", signed_headers.timestamp},
                                         {"webhook-signature", signed_headers.signature}},
                                        message.body};
    using Connection = HttpExchange::Connection;
    const auto connection = message.tries > 1 ? Connection::fresh : Connection::reused;
    const auto exchanged =
        co_await http_.exchange(request, connection, steady_clock::now() + options_.response_timeout);
    if (!exchanged) {
        retry(std::move(message), exchanged.error().what);
        co_return;
    }
    const auto what = fmt::format("the receiver answered {}", exchanged->status);
    switch (verdict_of(exchanged->status)) {
        case Verdict::accepted: spdlog::debug("webhook {} was accepted", message.id); break;
        case Verdict::refused: spdlog::warn("webhook {} is given up: {}", message.id, what); break;
        case Verdict::later: retry(std::move(message), what); break;
    }
}

void WebhookSender::retry(Message message, const std::string& what) {
    if (stopping_) return;
    if (message.tries >= options_.tries_max) {
        spdlog::warn("webhook {} is given up after {} tries: {}", message.id, message.tries, what);
        return;
    }
    const auto pause = std::min(options_.pause_max, options_.pause_first * (1 << std::min(message.tries - 1, 20u)));
    waiting_.emplace(steady_clock::now() + pause, std::move(message));  // its place in the queue is still free
}

}  // namespace sillok
