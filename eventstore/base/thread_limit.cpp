#include "eventstore/base/thread_limit.hpp"

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

namespace sillok {

std::expected<void, std::string> check_threads(unsigned count) {
    std::latch end{1};
    std::vector<std::jthread> threads;
    threads.reserve(count);
    std::string reason;
    try {
        while (threads.size() < count) threads.emplace_back([&end] { end.wait(); });
    } catch (const std::system_error& error) {
        reason = error.code().message();
    }
    end.count_down();
    if (threads.size() == count) return {};
    return std::unexpected("only " + std::to_string(threads.size()) + " more threads can be started, and " +
                           std::to_string(count) + " are needed: " + reason +
                           "; raise the limit on threads (ulimit -u, or a container's pids) or on memory (ulimit -v)");
}

}  // namespace sillok
