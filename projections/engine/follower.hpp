// Keeps one read model in step with the log: which generation is in use, how far it is, and the worker thread
// that takes it further.
//
// Threads: any thread may call any member unless it says otherwise; start, stop and whatever moves the model in
//          the calling thread come one after another.
// Errors:  a worker that meets a broken disk stops and says why in status(); start() tries again.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/base/thread_name.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/subscription.hpp"
#include "projections/engine/projector.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace sillok {

// So many events may be in memory before they are written: live, where others wait to see them, and in a rebuild.
constexpr std::uint64_t live_events_max = 8'192;
constexpr std::uint64_t rebuild_events_max = 65'536;

// Where much happens a row is written for many of its events at once: a live model that has just written so many events
// pauses before it writes again, as long as nobody waits to see more. Where little happens it is never late.
constexpr std::uint64_t busy_events_min = 512;
constexpr std::chrono::milliseconds busy_pause{20};

// What a generation has consumed; before its first write that is nothing.
inline Checkpoint read_checkpoint(const ViewsDatabase& database, const Generation& generation) {
    Checkpoint checkpoint;
    const auto bytes = database.get(*generation.state, view_keys::checkpoint);
    if (bytes && !from_bytes(*bytes, checkpoint))
        throw StorageError("the checkpoint of " + generation.model + " is damaged");
    return checkpoint;
}

// Reads the log up to exactly `target`, writing as it goes. Stops early when asked to.
template <Projection P>
void drive(Projector<P>& projector, const EventStore& log, Position target, const std::stop_token& stop = {},
           const std::function<void()>& after_each_read = {}) {
    constexpr std::uint64_t read_events = 4'096;
    while (projector.position() < target && !stop.stop_requested()) {
        const auto wanted = std::min(read_events, target.value - projector.position().value);
        const auto events = log.read_log(projector.position(), wanted);
        if (events.empty()) throw StorageError("the log ends before its own head");
        for (const auto& event : events) projector.consume(event);
        if (projector.unwritten_events() >= rebuild_events_max) projector.write();
        if (after_each_read) after_each_read();
    }
    projector.write();
}

template <Projection P>
class Follower {
   public:
    // Takes up what is on disk, or begins anew where that is of no use. REQUIRES: both outlive the follower.
    Follower(const EventStore& log, ViewsDatabase& database);
    ~Follower() {
        stop();
        seen_->close();
    }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    [[nodiscard]] Watermark<Position>& seen() { return *seen_; }
    [[nodiscard]] ReadModelStatus status() const;

    // The generation in use, which stays while the lock is held. None when nothing is there and nothing may be
    // written.
    [[nodiscard]] ReaderLock hold() const SILLOK_ACQUIRE_SHARED(generation_mutex_) SILLOK_UNCHECKED {
        return ReaderLock{generation_mutex_};  // unchecked: the lock is still held at the end, by the caller
    }
    [[nodiscard]] const Generation* generation() const SILLOK_REQUIRES_SHARED(generation_mutex_) {
        return generation_.get();
    }

    void start();
    bool stop();  // true when it was running

    // REQUIRES of these: not read-only, and not running.
    [[nodiscard]] Position position() const { return projector_->position(); }
    void catch_up_to(Position target);
    // Puts what `builder` has built in the place of the present generation.
    void switch_to(std::unique_ptr<Generation> fresh, std::unique_ptr<Projector<P>> builder);

   private:
    void take_up_for_reading() SILLOK_REQUIRES(generation_mutex_, status_mutex_);
    std::expected<ConsumedChain, std::string> usable_chain() const SILLOK_REQUIRES_SHARED(generation_mutex_);
    void begin_anew(const std::string& why) SILLOK_REQUIRES(generation_mutex_);
    void take_up_again();

    void follow(const std::stop_token& stop);
    void publish();
    void set_state(bool running, std::string failure);
    [[nodiscard]] bool failed() const;

    // Constant after construction.
    const EventStore& log_;
    ViewsDatabase& database_;
    std::unique_ptr<Watermark<Position>> seen_;

    // Held shared by readers; exclusively for the moment in which one generation takes another's place.
    mutable SharedMutex generation_mutex_;
    std::unique_ptr<Generation> generation_ SILLOK_GUARDED_BY(generation_mutex_);

    Mutex control_mutex_;
    std::unique_ptr<Projector<P>> projector_;  // the worker's while it runs, guarded by control_mutex_ otherwise
    std::jthread worker_ SILLOK_GUARDED_BY(control_mutex_);

    mutable Mutex status_mutex_;
    // As of the last write.
    Consumed consumed_ SILLOK_GUARDED_BY(status_mutex_);
    std::size_t parked_keys_ SILLOK_GUARDED_BY(status_mutex_) = 0;
    bool running_ SILLOK_GUARDED_BY(status_mutex_) = false;
    std::string failure_ SILLOK_GUARDED_BY(status_mutex_);
};

template <Projection P>
Follower<P>::Follower(const EventStore& log, ViewsDatabase& database)
    : log_(log), database_(database), generation_(database.take_active(P::name)) {
    if (database_.read_only()) {
        take_up_for_reading();
    } else {
        auto chain = usable_chain();
        if (chain)
            projector_ = std::make_unique<Projector<P>>(log_, database_, *generation_, std::move(*chain));
        else
            begin_anew(chain.error());
        publish();
    }
    seen_ = std::make_unique<Watermark<Position>>(consumed_.position);
}

template <Projection P>
void Follower<P>::take_up_for_reading() {
    if (generation_ && generation_->version != P::version) generation_.reset();
    if (!generation_) {
        failure_ = "there is none of version " + std::to_string(P::version);
        return;
    }
    consumed_ = read_checkpoint(database_, *generation_).consumed;
    parked_keys_ = read_parked_keys(database_, *generation_).size();
}

template <Projection P>
std::expected<ConsumedChain, std::string> Follower<P>::usable_chain() const {
    if (!generation_) return std::unexpected("");
    if (generation_->version != P::version)
        return std::unexpected("it is of version " + std::to_string(generation_->version));
    return ConsumedChain::resume(read_checkpoint(database_, *generation_), log_);
}

template <Projection P>
void Follower<P>::begin_anew(const std::string& why) {
    if (!why.empty()) spdlog::warn("read model {} starts again from the first event: {}", P::name, why);
    auto old = std::move(generation_);
    generation_ = database_.create(P::name, P::version);
    database_.activate(*generation_, old != nullptr);
    if (old) database_.drop(std::move(old));
    projector_ = std::make_unique<Projector<P>>(log_, database_, *generation_, ConsumedChain{});
}

// After a failure nobody knows what of the projector's memory was written: the disk itself tells.
template <Projection P>
void Follower<P>::take_up_again() {
    const auto held = hold();
    auto chain = usable_chain();
    if (!chain) throw StorageError(chain.error());
    projector_ = std::make_unique<Projector<P>>(log_, database_, *generation_, std::move(*chain));
}

template <Projection P>
ReadModelStatus Follower<P>::status() const {
    ReadModelStatus status;
    status.name = P::name;
    status.version = P::version;
    {
        const auto held = hold();
        if (generation_) status.generation = generation_->number;
    }
    {
        const MutexLock lock{status_mutex_};
        status.consumed = consumed_;
        status.parked_keys = parked_keys_;
        status.running = running_;
        status.failure = failure_;
    }
    const auto head = log_.head();
    status.lag_events = head.value - std::min(head, status.consumed.position).value;
    return status;
}

template <Projection P>
void Follower<P>::start() {
    const MutexLock lock{control_mutex_};
    if (worker_.joinable()) {
        if (!failed()) return;
        worker_.join();
    }
    try {
        if (failed()) take_up_again();
    } catch (const StorageError& broken) {
        set_state(false, broken.what());
        return;
    }
    set_state(true, "");
    worker_ = std::jthread{[this](const std::stop_token& stop) { follow(stop); }};
}

template <Projection P>
bool Follower<P>::stop() {
    const MutexLock lock{control_mutex_};
    if (!worker_.joinable()) return false;
    worker_.request_stop();
    worker_.join();
    return true;
}

template <Projection P>
void Follower<P>::follow(const std::stop_token& stop) {
    name_this_thread(P::name);
    try {
        Subscription subscription{log_, projector_->position()};
        while (true) {
            auto events = subscription.wait_next(stop);
            if (events.empty()) break;
            // More is taken along while there is more, so that a lagging model catches up in large writes.
            do {
                for (const auto& event : events) projector_->consume(event);
            } while (projector_->unwritten_events() < live_events_max && !stop.stop_requested() &&
                     !(events = subscription.poll()).empty());
            const bool is_busy = projector_->unwritten_events() >= busy_events_min;
            projector_->write();
            publish();
            seen_->advance(projector_->position());
            if (is_busy) seen_->throttle_until_awaited(busy_pause, stop);
        }
        set_state(false, "");
    } catch (const std::exception& broken) {
        spdlog::error("read model {} has stopped at position {}: {}", P::name, seen_->value().value, broken.what());
        set_state(false, broken.what());
    }
}

template <Projection P>
void Follower<P>::catch_up_to(Position target) {
    try {
        if (failed()) take_up_again();
        drive(*projector_, log_, target);
        set_state(false, "");
    } catch (const StorageError& broken) {
        set_state(false, broken.what());
        throw;
    }
    publish();
    seen_->advance(projector_->position());
}

template <Projection P>
void Follower<P>::switch_to(std::unique_ptr<Generation> fresh, std::unique_ptr<Projector<P>> builder) {
    database_.activate(*fresh, true);
    {
        const WriterLock lock{generation_mutex_};
        std::swap(generation_, fresh);
    }
    projector_ = std::move(builder);
    set_state(false, "");
    publish();
    seen_->advance(projector_->position());
    database_.drop(std::move(fresh));
}

template <Projection P>
void Follower<P>::publish() {
    const MutexLock lock{status_mutex_};
    consumed_ = projector_->checkpoint().consumed;
    parked_keys_ = projector_->parked_keys();
}

template <Projection P>
void Follower<P>::set_state(bool running, std::string failure) {
    const MutexLock lock{status_mutex_};
    running_ = running;
    failure_ = std::move(failure);
}

template <Projection P>
bool Follower<P>::failed() const {
    const MutexLock lock{status_mutex_};
    return !failure_.empty();
}

}  // namespace sillok
