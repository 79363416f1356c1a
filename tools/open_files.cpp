#include "tools/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace sillok {
namespace {

// For tables, the write-ahead log and calls to the payment provider.
constexpr std::size_t kept_for_files = 512;
constexpr std::size_t connections_least = 16;

}  // namespace

std::size_t raise_open_files_max() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kept_for_files;
    if (limit.rlim_cur == limit.rlim_max) return limit.rlim_cur;
    auto raised = limit;
    raised.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

std::size_t connections_within(std::size_t open_files_max, std::size_t wanted) {
    const auto left = open_files_max > kept_for_files ? open_files_max - kept_for_files : 0;
    return std::clamp(left, connections_least, std::max(wanted, connections_least));
}

std::size_t open_files_for(std::size_t connections) { return connections + kept_for_files; }

}  // namespace sillok
