#include "api/handlers/freshness.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <limits>

namespace sillok::api {

namespace {

constexpr Position never{std::numeric_limits<std::uint64_t>::max()};

// A position that the log itself does not have is of another log, or not written yet.
Problem not_yet(const Request& request, Position seen, Position end) {
    const auto wanted = *request.at_least;
    if (auto known = request.log->check(wanted, end); !known) return std::move(known.error());
    return Problem{problems::not_yet_visible, "requested position " + std::to_string(wanted.value) +
                                                  ", visible up to " + std::to_string(seen.value)};
}

}  // namespace

asio::awaitable<bool> Freshness::reached(Watermark<Position>& rows, Position position,
                                         std::chrono::milliseconds within) {
    using namespace asio::experimental::awaitable_operators;
    if (rows.value() >= position) co_return true;
    auto arrived = rows.reached(position, within);
    auto stopped = stopping_.reached(never);
    const auto first = co_await (std::move(arrived) || std::move(stopped));
    co_return first.index() == 0 && std::get<0>(first);
}

asio::awaitable<std::expected<Position, Problem>> Freshness::seen(const Request& request, Watermark<Position>& rows) {
    if (request.at_least && rows.value() < *request.at_least) {
        const auto wait = request.wait.value_or(at_least_wait_default);
        const bool there = co_await reached(rows, *request.at_least, wait);
        if (!there) co_return std::unexpected(not_yet(request, rows.value(), store_->head()));
    }
    co_return rows.value();
}

asio::awaitable<std::expected<Position, Problem>> Freshness::log_seen(const Request& request) {
    using namespace asio::experimental::awaitable_operators;
    if (request.at_least && store_->head() < *request.at_least) {
        asio::steady_timer timer{co_await asio::this_coro::executor};
        timer.expires_after(request.wait.value_or(at_least_wait_default));
        auto arrived = store_->durable(*request.at_least);
        auto stopped = stopping_.reached(never);
        auto passed = timer.async_wait(asio::use_awaitable);
        co_await (std::move(arrived) || std::move(stopped) || std::move(passed));
        if (store_->head() < *request.at_least)
            co_return std::unexpected(not_yet(request, store_->head(), store_->head()));
    }
    co_return store_->head();
}

void Freshness::stamp(Response& response, Position seen) const {
    response.position = seen;
    std::int64_t lag_ms = 0;
    if (seen < store_->head())
        if (const auto unseen = store_->read_log(seen, 1); !unseen.empty())
            lag_ms = std::max<std::int64_t>(0, clock_->now().value - unseen.front().time.value);
    response.headers.emplace_back("Sillok-Lag-Ms", std::to_string(lag_ms));
}

}  // namespace sillok::api
