#include "tools/load_driver.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace sillok {
namespace {

struct Progress {
    std::size_t next = 0;
    std::size_t count = 0;
    const ConnectionWork& work;
    std::exception_ptr failed{};
};

asio::awaitable<void> work_until_done(HttpConnection connection, Progress& progress) {
    while (progress.next < progress.count && !progress.failed) {
        const auto index = progress.next++;
        co_await progress.work(connection, index);
    }
}

}  // namespace

void for_each_over_http(const ServerAddress& server, std::size_t connections, std::size_t count,
                        const ConnectionWork& work) {
    asio::io_context context{1};
    WaitingRemark remark;  // one for all
    Progress progress{.count = count, .work = work};
    for (std::size_t i = 0; i < std::min(connections, count); ++i) {
        auto worker = work_until_done(HttpConnection{context.get_executor(), server, &remark}, progress);
        asio::co_spawn(context, std::move(worker), [&](std::exception_ptr failed) {
            if (!failed || progress.failed) return;
            progress.failed = failed;
            context.stop();
        });
    }
    context.run();
    if (progress.failed) std::rethrow_exception(progress.failed);
}

}  // namespace sillok
