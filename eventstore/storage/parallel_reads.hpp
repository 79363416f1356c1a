// Blocking calls next to each other: on this thread, and on threads that start when they are first needed.
//
// Threads: any thread may call any member.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <exception>
#include <latch>
#include <memory>
#include <mutex>
#include <span>

namespace sillok {

class ParallelReads {
   public:
    // Calls with each of the items, in any order, and returns when all calls have. They must not throw.
    template <class Call>
    void for_each(std::span<const std::size_t> items, const Call& call) const {
        if (items.empty()) return;
        const auto others = items.subspan(1);
        std::latch done{static_cast<std::ptrdiff_t>(others.size())};
        for (const auto item : others) {
            const auto one = [&call, &done, item] {
                call(item);
                done.count_down();
            };
            try {
                boost::asio::post(threads(), one);
            } catch (const std::exception&) {  // no memory, no threads: those that were posted need `done` all the same
                one();
            }
        }
        call(items.front());
        done.wait();
    }

   private:
    static constexpr std::size_t threads_count = 8;

    boost::asio::thread_pool& threads() const {
        std::call_once(started_, [this] { threads_ = std::make_unique<boost::asio::thread_pool>(threads_count); });
        return *threads_;
    }

    mutable std::once_flag started_;
    mutable std::unique_ptr<boost::asio::thread_pool> threads_;
};

}  // namespace sillok
