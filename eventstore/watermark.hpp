// A number that only grows and can be waited for: the last durable position, the last position that a reader has seen.
//
// T:       a Strong number, such as Position.
// Ends:    close() ends every wait, present and future, with false.
// Threads: any thread may call any member. A coroutine continues on its own executor.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/position.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <utility>
#include <vector>

namespace sillok {

namespace asio = boost::asio;

template <class T>
class Watermark {
   public:
    explicit Watermark(T start = {}) : value_(start) {}
    ~Watermark() { close(); }
    Watermark(const Watermark&) = delete;
    Watermark& operator=(const Watermark&) = delete;

    [[nodiscard]] T value() const { return value_.load(std::memory_order_acquire); }

    // REQUIRES: to >= value().
    void advance(T to);
    void close();

    // True once value() >= wanted; false when closed or cancelled before that.
    template <class Token>
    auto async_reached(T wanted, Token&& token) const;
    asio::awaitable<bool> reached(T wanted) const { return async_reached(wanted, asio::use_awaitable); }
    // The same with a time limit: false also when it has passed.
    asio::awaitable<bool> reached(T wanted, std::chrono::milliseconds within) const;

    // The same for plain threads.
    bool wait(T wanted, std::stop_token stop = {}) const;
    bool wait(T wanted, std::chrono::milliseconds within, std::stop_token stop = {}) const;

    // The same for a thread that is in no hurry: it does not end throttle_until_awaited().
    bool wait_lazily(T wanted, std::stop_token stop = {}) const;

    // For the thread that advances the watermark: pauses it while no other wait is going on. Returns when one begins,
    // after `at_most`, when closed, or when `stop` is requested.
    void throttle_until_awaited(std::chrono::milliseconds at_most, std::stop_token stop = {});

   private:
    using Waiter = std::move_only_function<void(bool reached)>;

    template <class Wait>
    bool wait_as_thread(T wanted, Wait&& wait) const;

    // Registers a waiter under a new ticket, or completes it at once.
    void add(std::uint64_t ticket, T wanted, Waiter waiter) const;
    void cancel(std::uint64_t ticket) const;

    std::atomic<T> value_;
    // Waiting changes these, not the value.
    mutable std::atomic<std::uint64_t> last_ticket_ = 0;
    mutable Mutex mutex_;
    mutable StoppableCondition changed_;
    mutable StoppableCondition awaited_;
    bool closed_ SILLOK_GUARDED_BY(mutex_) = false;
    bool throttled_ SILLOK_GUARDED_BY(mutex_) = false;
    mutable std::size_t waiting_threads_ SILLOK_GUARDED_BY(mutex_) = 0;
    mutable std::multimap<T, std::pair<std::uint64_t, Waiter>> waiters_ SILLOK_GUARDED_BY(mutex_);
};

template <class T>
void Watermark<T>::advance(T to) {
    std::vector<Waiter> reached;
    {
        const MutexLock lock{mutex_};
        value_.store(to, std::memory_order_release);
        const auto end = waiters_.upper_bound(to);
        for (auto it = waiters_.begin(); it != end; ++it) reached.push_back(std::move(it->second.second));
        waiters_.erase(waiters_.begin(), end);
    }
    changed_.notify_all();
    for (auto& waiter : reached) waiter(true);
}

template <class T>
void Watermark<T>::close() {
    std::vector<Waiter> ended;
    {
        const MutexLock lock{mutex_};
        closed_ = true;
        awaited_.notify_all();
        for (auto& [wanted, waiter] : waiters_) ended.push_back(std::move(waiter.second));
        waiters_.clear();
    }
    changed_.notify_all();
    for (auto& waiter : ended) waiter(false);
}

template <class T>
void Watermark<T>::add(std::uint64_t ticket, T wanted, Waiter waiter) const {
    {
        const MutexLock lock{mutex_};
        if (value() < wanted && !closed_) {
            waiters_.emplace(wanted, std::pair{ticket, std::move(waiter)});
            if (throttled_) awaited_.notify_all();
            return;
        }
    }
    waiter(value() >= wanted);
}

template <class T>
void Watermark<T>::cancel(std::uint64_t ticket) const {
    Waiter cancelled;
    {
        const MutexLock lock{mutex_};
        for (auto it = waiters_.begin(); it != waiters_.end(); ++it) {
            if (it->second.first != ticket) continue;
            cancelled = std::move(it->second.second);
            waiters_.erase(it);
            break;
        }
    }
    if (cancelled) cancelled(false);
}

template <class T>
template <class Token>
auto Watermark<T>::async_reached(T wanted, Token&& token) const {
    return asio::async_initiate<Token, void(bool)>(
        [this](auto handler, T awaited) {
            auto executor = asio::get_associated_executor(handler);
            const auto ticket = ++last_ticket_;
            // Assigned before add(): once the waiter is registered, advance() may run the handler on another thread.
            if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
                slot.assign([this, ticket](asio::cancellation_type) { cancel(ticket); });
            auto work = asio::make_work_guard(executor);  // keeps the executor running until the wait ends
            add(ticket, awaited, [handler = std::move(handler), work = std::move(work)](bool reached) mutable {
                auto where = work.get_executor();
                asio::post(where, [handler = std::move(handler), reached]() mutable {
                    asio::get_associated_cancellation_slot(handler).clear();
                    std::move(handler)(reached);
                });
            });
        },
        token, wanted);
}

template <class T>
asio::awaitable<bool> Watermark<T>::reached(T wanted, std::chrono::milliseconds within) const {
    using namespace asio::experimental::awaitable_operators;
    if (value() >= wanted) co_return true;
    asio::steady_timer timer{co_await asio::this_coro::executor, within};
    const auto first = co_await (async_reached(wanted, asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
    co_return first.index() == 0 && std::get<0>(first);
}

template <class T>
template <class Wait>
bool Watermark<T>::wait_as_thread(T wanted, Wait&& wait) const {
    if (value() >= wanted) return true;
    MutexLock lock{mutex_};
    ++waiting_threads_;
    if (throttled_) awaited_.notify_all();
    wait(lock, [&]() SILLOK_REQUIRES(mutex_) { return closed_ || value() >= wanted; });
    --waiting_threads_;
    return value() >= wanted;
}

template <class T>
bool Watermark<T>::wait(T wanted, std::stop_token stop) const {
    return wait_as_thread(wanted, [&](auto& lock, auto&& ended) { changed_.wait(lock, std::move(stop), ended); });
}

template <class T>
bool Watermark<T>::wait(T wanted, std::chrono::milliseconds within, std::stop_token stop) const {
    return wait_as_thread(wanted,
                          [&](auto& lock, auto&& ended) { changed_.wait_for(lock, std::move(stop), within, ended); });
}

template <class T>
bool Watermark<T>::wait_lazily(T wanted, std::stop_token stop) const {
    MutexLock lock{mutex_};
    changed_.wait(lock, std::move(stop), [&]() SILLOK_REQUIRES(mutex_) { return closed_ || value() >= wanted; });
    return value() >= wanted;
}

template <class T>
void Watermark<T>::throttle_until_awaited(std::chrono::milliseconds at_most, std::stop_token stop) {
    MutexLock lock{mutex_};
    throttled_ = true;
    awaited_.wait_for(lock, std::move(stop), at_most, [this]() SILLOK_REQUIRES(mutex_) {
        return closed_ || waiting_threads_ > 0 || !waiters_.empty();
    });
    throttled_ = false;
}

extern template class Watermark<Position>;

}  // namespace sillok
