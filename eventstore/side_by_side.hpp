// Blocking calls next to each other: on this thread, and on threads that start when they are first needed.
//
// Threads: any thread may call any member.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <latch>
#include <mutex>
#include <optional>
#include <span>

namespace sillok {

class SideBySide {
   public:
    // Calls with each of the items, in any order, and returns when all calls have. They must not throw.
    template <class Call>
    void for_each(std::span<const std::size_t> items, const Call& call) const {
        if (items.empty()) return;
        const auto others = items.subspan(1);
        std::latch done{static_cast<std::ptrdiff_t>(others.size())};
        for (const auto item : others)
            boost::asio::post(threads(), [&call, &done, item] {
                call(item);
                done.count_down();
            });
        call(items.front());
        done.wait();
    }

   private:
    static constexpr std::size_t threads_count = 8;

    boost::asio::thread_pool& threads() const {
        std::call_once(started_, [this] { threads_.emplace(threads_count); });
        return *threads_;
    }

    mutable std::once_flag started_;
    mutable std::optional<boost::asio::thread_pool> threads_;
};

}  // namespace sillok
