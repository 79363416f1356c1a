// A position that only grows, and that can be waited for: what is durable, what a projection has seen.
//
// Threads: any thread may call any member. A coroutine's wait completes on its own executor.
// Ends:    close() ends every wait, present and future, with `false`.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/position.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>

namespace sillok {

namespace asio = boost::asio;

class Watermark {
   public:
    explicit Watermark(Position start = {}) : value_(start.value) {}
    ~Watermark() { close(); }
    Watermark(const Watermark&) = delete;
    Watermark& operator=(const Watermark&) = delete;

    [[nodiscard]] Position value() const { return Position{value_.load(std::memory_order_acquire)}; }

    // REQUIRES: position >= value().
    void advance(Position position);
    void close();

    // True once value() >= position; false when closed or cancelled before that.
    template <class Token>
    auto async_reached(Position position, Token&& token);
    asio::awaitable<bool> reached(Position position);
    // The same with a time limit: false also when it has passed.
    asio::awaitable<bool> reached(Position position, std::chrono::milliseconds within);

    // The same for plain threads.
    bool wait(Position position, std::stop_token stop = {});
    bool wait(Position position, std::chrono::milliseconds within, std::stop_token stop = {});

    // The same for one who is in no hurry: throttle_until_awaited() goes on.
    bool wait_lazily(Position position, std::stop_token stop = {});

    // For the one who advances it, and has time as long as nobody waits: returns as soon as somebody does, after
    // `at_most`, when closed, or when `stop` was requested.
    void throttle_until_awaited(std::chrono::milliseconds at_most, std::stop_token stop = {});

   private:
    using Waiter = std::move_only_function<void(bool reached)>;

    template <class Wait>
    bool wait_as_thread(Position position, Wait&& wait);

    // Registers a waiter under a fresh ticket, or completes it at once.
    void add(std::uint64_t ticket, Position position, Waiter waiter);
    void cancel(std::uint64_t ticket);

    std::atomic<std::uint64_t> last_ticket_ = 0;
    std::atomic<std::uint64_t> value_;
    Mutex mutex_;
    StoppableCondition changed_;
    StoppableCondition awaited_;
    bool closed_ SILLOK_GUARDED_BY(mutex_) = false;
    bool throttled_ SILLOK_GUARDED_BY(mutex_) = false;
    std::size_t waiting_threads_ SILLOK_GUARDED_BY(mutex_) = 0;
    std::multimap<Position, std::pair<std::uint64_t, Waiter>> waiters_ SILLOK_GUARDED_BY(mutex_);
};

template <class Token>
auto Watermark::async_reached(Position position, Token&& token) {
    return asio::async_initiate<Token, void(bool)>(
        [this](auto handler, Position wanted) {
            auto executor = asio::get_associated_executor(handler);
            const auto ticket = ++last_ticket_;
            // Assigned before the waiter is known to advance(): after that the handler is another thread's.
            if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
                slot.assign([this, ticket](asio::cancellation_type) { cancel(ticket); });
            auto work = asio::make_work_guard(executor);  // the executor stays until the answer is there
            add(ticket, wanted, [handler = std::move(handler), work = std::move(work)](bool reached) mutable {
                auto where = work.get_executor();
                asio::post(where, [handler = std::move(handler), reached]() mutable {
                    asio::get_associated_cancellation_slot(handler).clear();
                    std::move(handler)(reached);
                });
            });
        },
        token, position);
}

inline asio::awaitable<bool> Watermark::reached(Position position) {
    return async_reached(position, asio::use_awaitable);
}

}  // namespace sillok
