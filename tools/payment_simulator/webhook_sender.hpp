// Sends signed webhooks (standard_webhook.hpp) to one receiver, and repeats each one until it is accepted.
//
// Accepted: status 2xx. After 429, any status but 4xx, or no response it is sent again with a pause that doubles,
//           `tries_max` times in all. After any other 4xx it is given up at once.
// Order:    none. A later message may arrive earlier.
// Memory:   at most `waiting_max` messages wait; further ones are dropped. Dropped and given-up messages are logged.
// Stop:     messages in flight have `drain_timeout` to arrive; waiting ones are dropped.
// Threads:  one of its own; any thread may call any member.
#pragma once

#include "eventstore/base/clock.hpp"
#include "sagas/payments/http_exchange.hpp"
#include "sagas/payments/standard_webhook.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <thread>

namespace sillok {

struct WebhookSenderOptions {
    HttpAddress to;
    WebhookSecrets secrets;
    std::size_t waiting_max = 100'000;
    std::size_t sending_max = 16;  // messages in flight, each on its own connection
    unsigned tries_max = 10;
    std::chrono::milliseconds response_timeout{5'000};
    std::chrono::milliseconds pause_first{100};
    std::chrono::milliseconds pause_max{10'000};
    std::chrono::milliseconds drain_timeout{1'000};
};

class WebhookSender {
   public:
    // REQUIRES: the clock outlives it.
    WebhookSender(const Clock& clock, WebhookSenderOptions options);
    ~WebhookSender();  // stops
    WebhookSender(const WebhookSender&) = delete;
    WebhookSender& operator=(const WebhookSender&) = delete;

    // Sends the message after this time. Does not block.
    void send(std::string id, std::string body, std::chrono::milliseconds after);
    // Idempotent.
    void stop();

   private:
    using Time = std::chrono::steady_clock::time_point;
    struct Message {
        std::string id;
        std::string body;
        unsigned tries = 0;  // so far
    };

    void enqueue(Message message, Time when);
    void send_due_messages();
    asio::awaitable<void> send_once(Message message);
    void retry(Message message, const std::string& what);
    void begin_to_stop();

    const Clock& clock_;
    const WebhookSenderOptions options_;

    // Used by its own thread only.
    HttpExchange http_;
    std::multimap<Time, Message> waiting_;
    std::size_t sending_ = 0;
    std::size_t dropped_ = 0;  // since the last warning
    bool stopping_ = false;

    asio::io_context context_{1};  // after everything that its coroutines use
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    asio::steady_timer timer_{context_};  // until the next message is due; when stopping, until `drain_timeout`
    std::thread thread_;
};

}  // namespace sillok
