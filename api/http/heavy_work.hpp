// Threads for requests that take longer than an I/O thread may be occupied: large bodies, long pages, orders of
// thousands of lines. Their priority is below that of the I/O threads, so that other requests are answered meanwhile.
//
// Threads: any thread may call any member; a coroutine continues on its own executor.
// Stop:    the destructor ends what has been begun. REQUIRES: nobody waits for anything then.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace sillok::api {

class HeavyWork {
   public:
    explicit HeavyWork(unsigned threads = 2);
    ~HeavyWork();
    HeavyWork(const HeavyWork&) = delete;
    HeavyWork& operator=(const HeavyWork&) = delete;

    // Runs a coroutine there until it ends.
    template <class T>
    boost::asio::awaitable<T> run(boost::asio::awaitable<T> task) {
        co_return co_await boost::asio::co_spawn(context_, std::move(task), boost::asio::use_awaitable);
    }
    // Calls a function there.
    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&>> call(Function function) {
        auto task = called(std::move(function));
        co_return co_await run(std::move(task));
    }

   private:
    template <class Function>
    static boost::asio::awaitable<std::invoke_result_t<Function&>> called(Function function) {
        co_return function();
    }

    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_{context_.get_executor()};
    std::vector<std::jthread> threads_;
};

}  // namespace sillok::api
