// Sends signed messages (standard_webhook.hpp) to one receiver, each again and again until it is taken.
//
// Taken:   by an answer of 2xx. After 429, any other status but 4xx, or none at all it is sent again, `tries_max` times
//          in all, with a pause that doubles; after any other 4xx it is given up at once: the receiver never wants it.
// Order:   none: what is sent later may arrive earlier.
// Memory:  at most `waiting_max` messages wait; a further one is dropped. What is dropped or given up is logged.
// Stop:    what is on its way has `drain_timeout` to arrive, what waits is dropped.
// Threads: one of its own; any thread may call any member.
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
    std::size_t sending_max = 16;  // at a time, each on a connection
    unsigned tries_max = 10;
    std::chrono::milliseconds answer_ms{5'000};
    std::chrono::milliseconds pause_first{100};
    std::chrono::milliseconds pause_most{10'000};
    std::chrono::milliseconds drain_timeout{1'000};
};

class WebhookSender {
   public:
    // REQUIRES: the clock outlives it.
    WebhookSender(const Clock& clock, WebhookSenderOptions options);
    ~WebhookSender();  // stops
    WebhookSender(const WebhookSender&) = delete;
    WebhookSender& operator=(const WebhookSender&) = delete;

    // Sends it after that time. Does not wait.
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

    void take(Message message, Time when);
    void send_what_is_due();
    asio::awaitable<void> send_once(Message message);
    void try_again(Message message, const std::string& what);
    void begin_to_stop();

    const Clock& clock_;
    const WebhookSenderOptions options_;

    // Of its own thread.
    HttpExchange http_;
    std::multimap<Time, Message> waiting_;
    std::size_t sending_ = 0;
    std::size_t dropped_ = 0;  // for want of room, since it was last said
    bool stopping_ = false;

    asio::io_context context_{1};  // after everything that its coroutines use
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    asio::steady_timer timer_{context_};  // until the first message is due; when stopping, until patience is over
    std::thread thread_;
};

}  // namespace sillok
