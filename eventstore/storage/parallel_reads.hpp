// Runs blocking reads in parallel: one on the calling thread, the others on a pool that starts with the first use.
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
    // Calls with each of the items, in any order; returns when all calls have returned. They must not throw.
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
            } catch (const std::exception&) {  // no memory, no threads: the posted calls still need `done`
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
