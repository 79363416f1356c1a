#include "api/http/heavy_work.hpp"

#include "eventstore/base/thread_name.hpp"

#include <sys/resource.h>

namespace sillok::api {

namespace {

constexpr int niceness = 5;

}  // namespace

HeavyWork::HeavyWork(unsigned threads) : context_(static_cast<int>(threads)) {
    for (unsigned i = 0; i < threads; ++i)
        threads_.emplace_back([this] {
            name_this_thread("heavy");
            setpriority(PRIO_PROCESS, 0, niceness);  // of this thread, on Linux
            context_.run();
        });
}

HeavyWork::~HeavyWork() { open_.reset(); }

}  // namespace sillok::api
