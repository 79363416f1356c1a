#include "api/witness_keeper.hpp"

#include "eventstore/base/mutex.hpp"
#include "eventstore/base/thread_name.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <utility>

namespace sillok {

namespace {

constexpr std::chrono::seconds interval{1};

}  // namespace

WitnessKeeper::WitnessKeeper(WitnessFile file, const LogStorage& log) : file_(std::move(file)), log_(log) {
    write(end_of_log(), WitnessFile::Sync::yes);
    thread_ = std::jthread{[this](const std::stop_token& stop) { follow(stop); }};
}

WitnessKeeper::~WitnessKeeper() = default;

void WitnessKeeper::stop() {
    if (!thread_.joinable()) return;
    thread_ = {};
    try {
        auto end = end_of_log();
        end.stopped = true;
        write(end, WitnessFile::Sync::yes);
    } catch (const std::exception& unreadable) {
        complain(unreadable);
    }
}

void WitnessKeeper::complain(const std::exception& unreadable) {
    spdlog::warn("the end of the log cannot be read: {}", unreadable.what());
}

KnownEnd WitnessKeeper::end_of_log() const {
    const auto identity = log_.identity();
    const auto head = log_.head();
    return {identity.log_id, identity.epoch(), head.position, head.chain_hash};
}

void WitnessKeeper::write(const KnownEnd& end, WitnessFile::Sync sync) {
    const auto written = file_.write(end, sync);
    if (!written && !failed_) spdlog::warn("{}", written.error());
    failed_ = !written;
}

void WitnessKeeper::follow(const std::stop_token& stop) {
    name_this_thread("witness");
    Mutex mutex;
    StoppableCondition stopped;
    Position written;
    try {
        while (!stop.stop_requested()) {
            {
                MutexLock lock{mutex};
                stopped.wait_for(lock, stop, interval, [] { return false; });
            }
            const auto end = end_of_log();
            if (end.position == written) continue;
            write(end, WitnessFile::Sync::no);
            written = end.position;
        }
    } catch (const std::exception& unreadable) {
        complain(unreadable);
    }
}

}  // namespace sillok
