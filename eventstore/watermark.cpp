#include "eventstore/watermark.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>
#include <vector>

namespace sillok {

void Watermark::advance(Position position) {
    std::vector<Waiter> reached;
    {
        const MutexLock lock{mutex_};
        value_.store(position.value, std::memory_order_release);
        const auto end = waiters_.upper_bound(position);
        for (auto it = waiters_.begin(); it != end; ++it) reached.push_back(std::move(it->second.second));
        waiters_.erase(waiters_.begin(), end);
    }
    changed_.notify_all();
    for (auto& waiter : reached) waiter(true);
}

void Watermark::close() {
    std::vector<Waiter> ended;
    {
        const MutexLock lock{mutex_};
        closed_ = true;
        awaited_.notify_all();
        for (auto& [position, waiter] : waiters_) ended.push_back(std::move(waiter.second));
        waiters_.clear();
    }
    changed_.notify_all();
    for (auto& waiter : ended) waiter(false);
}

void Watermark::add(std::uint64_t ticket, Position position, Waiter waiter) {
    {
        const MutexLock lock{mutex_};
        if (value() < position && !closed_) {
            waiters_.emplace(position, std::pair{ticket, std::move(waiter)});
            if (throttled_) awaited_.notify_all();
            return;
        }
    }
    waiter(value() >= position);
}

void Watermark::cancel(std::uint64_t ticket) {
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

asio::awaitable<bool> Watermark::reached(Position position, std::chrono::milliseconds within) {
    using namespace asio::experimental::awaitable_operators;
    if (value() >= position) co_return true;
    asio::steady_timer timer{co_await asio::this_coro::executor, within};
    const auto first = co_await (async_reached(position, asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
    co_return first.index() == 0 && std::get<0>(first);
}

template <class Wait>
bool Watermark::wait_as_thread(Position position, Wait&& wait) {
    if (value() >= position) return true;
    MutexLock lock{mutex_};
    ++waiting_threads_;
    if (throttled_) awaited_.notify_all();
    wait(lock, [&]() SILLOK_REQUIRES(mutex_) { return closed_ || value() >= position; });
    --waiting_threads_;
    return value() >= position;
}

bool Watermark::wait(Position position, std::stop_token stop) {
    return wait_as_thread(position, [&](auto& lock, auto&& ended) { changed_.wait(lock, std::move(stop), ended); });
}

bool Watermark::wait_lazily(Position position, std::stop_token stop) {
    MutexLock lock{mutex_};
    changed_.wait(lock, std::move(stop), [&]() SILLOK_REQUIRES(mutex_) { return closed_ || value() >= position; });
    return value() >= position;
}

bool Watermark::wait(Position position, std::chrono::milliseconds within, std::stop_token stop) {
    return wait_as_thread(position,
                          [&](auto& lock, auto&& ended) { changed_.wait_for(lock, std::move(stop), within, ended); });
}

void Watermark::throttle_until_awaited(std::chrono::milliseconds at_most, std::stop_token stop) {
    MutexLock lock{mutex_};
    throttled_ = true;
    awaited_.wait_for(lock, std::move(stop), at_most, [this]() SILLOK_REQUIRES(mutex_) {
        return closed_ || waiting_threads_ > 0 || !waiters_.empty();
    });
    throttled_ = false;
}

}  // namespace sillok
