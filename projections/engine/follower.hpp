// Keeps one read model in step with the log: which build of it is in use, how far it is, and the worker thread that
// takes it further.
//
// Restart: it continues after the checkpoint that is stored with the rows. It starts again from the first event, in a
//          new build, when the stored build is of another version of the projection, or when its checkpoint does not
//          fit this log (consumed.hpp).
// Threads: any thread may call any member unless it says otherwise; start, stop and the members that move the model in
//          the calling thread come one after another.
// Errors:  a worker that meets a broken disk stops and says why in status(); start() tries again.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/base/thread_name.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/subscription.hpp"
#include "projections/engine/batching.hpp"
#include "projections/engine/progress.hpp"
#include "projections/engine/projector.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace sillok {

// How far a build is; nothing is consumed before its first write.
inline ProjectionCheckpoint read_checkpoint(const ReadModelDatabase& database, const Build& build) {
    ProjectionCheckpoint checkpoint;
    const auto bytes = database.get(*build.state, read_model_keys::checkpoint);
    if (bytes && !from_bytes(*bytes, checkpoint))
        throw StorageError("the checkpoint of " + build.model + " is damaged");
    return checkpoint;
}

// Projects the log up to exactly `target`. Stops early when `stop` was requested.
template <Projection P>
void project_to(Position target, Projector<P>& projector, const EventStore& log, const std::stop_token& stop = {},
                const std::function<void()>& after_each_read = {}) {
    while (projector.position() < target && !stop.stop_requested()) {
        const auto events = log.read_log(projector.position(), batching::next_read(projector.position(), target));
        if (events.empty()) throw StorageError("the log ends before its own head");
        for (const auto& event : events) projector.consume(event);
        if (batching::is_full(projector.unwritten_events())) projector.write();
        if (after_each_read) after_each_read();
    }
    projector.write();
}

template <Projection P>
class Follower {
   public:
    // Continues or starts again, see above. REQUIRES: both outlive the follower.
    Follower(const EventStore& log, ReadModelDatabase& database);
    ~Follower() {
        stop();
        seen_->close();
    }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    [[nodiscard]] Watermark<Position>& seen() { return *seen_; }
    [[nodiscard]] ReadModelStatus status() const;
    [[nodiscard]] bool has_parked() const { return progress_.has_parked(); }
    [[nodiscard]] bool has_skipped() const { return progress_.has_skipped(); }

    // The build in use, which stays while the lock is held. None when there is none and nothing may be written.
    [[nodiscard]] ReaderLock hold() const SILLOK_ACQUIRE_SHARED(build_mutex_) SILLOK_UNCHECKED {
        return ReaderLock{build_mutex_};  // unchecked: the caller still holds the lock at the end
    }
    [[nodiscard]] const Build* build() const SILLOK_REQUIRES_SHARED(build_mutex_) { return build_.get(); }

    void start();
    bool stop();  // Returns true when it was running.

    // REQUIRES of these: not read-only, and not running.
    [[nodiscard]] Position position() const { return projector_->position(); }
    void catch_up_to(Position target);
    // Replaces the present build by `fresh`, which `builder` has filled.
    void switch_to(std::unique_ptr<Build> fresh, std::unique_ptr<Projector<P>> builder);

   private:
    void open_for_reading() SILLOK_REQUIRES(build_mutex_);
    std::expected<ConsumedChain, std::string> usable_chain() const SILLOK_REQUIRES_SHARED(build_mutex_);
    void start_from_the_first_event(const std::string& why) SILLOK_REQUIRES(build_mutex_);
    void recover();

    void follow(const std::stop_token& stop);
    void publish();

    // Constant after construction.
    const EventStore& log_;
    ReadModelDatabase& database_;
    std::unique_ptr<Watermark<Position>> seen_;

    // Held shared by readers; exclusively for the moment in which one build replaces another.
    mutable SharedMutex build_mutex_;
    std::unique_ptr<Build> build_ SILLOK_GUARDED_BY(build_mutex_);

    Mutex control_mutex_;
    std::unique_ptr<Projector<P>> projector_;  // the worker's while it runs, guarded by control_mutex_ otherwise
    std::jthread worker_ SILLOK_GUARDED_BY(control_mutex_);

    Progress progress_;
};

template <Projection P>
Follower<P>::Follower(const EventStore& log, ReadModelDatabase& database)
    : log_(log), database_(database), build_(database.take_active(P::name)) {
    if (database_.read_only()) {
        open_for_reading();
    } else {
        auto chain = usable_chain();
        if (chain)
            projector_ = std::make_unique<Projector<P>>(log_, database_, *build_, std::move(*chain));
        else
            start_from_the_first_event(chain.error());
        publish();
    }
    seen_ = std::make_unique<Watermark<Position>>(status().consumed.position);
}

// Without a build of this version nothing is wrong: the next start makes one from the first event.
template <Projection P>
void Follower<P>::open_for_reading() {
    if (build_ && build_->version != P::version) build_.reset();
    if (build_)
        progress_.written(read_checkpoint(database_, *build_).consumed,
                          read_noted_keys(database_, *build_, read_model_keys::parked_prefix).size(),
                          read_noted_keys(database_, *build_, read_model_keys::skipped_prefix).size());
}

// The error says why the build cannot be continued; it is empty when there is no build.
template <Projection P>
std::expected<ConsumedChain, std::string> Follower<P>::usable_chain() const {
    if (!build_) return std::unexpected("");
    if (build_->version != P::version) return std::unexpected("it is of version " + std::to_string(build_->version));
    return ConsumedChain::resume(read_checkpoint(database_, *build_), log_);
}

template <Projection P>
void Follower<P>::start_from_the_first_event(const std::string& why) {
    if (!why.empty()) spdlog::warn("read model {} starts again from the first event: {}", P::name, why);
    auto old = std::move(build_);
    build_ = database_.create(P::name, P::version);
    database_.activate(*build_, old != nullptr);
    if (old) database_.drop(std::move(old));
    projector_ = std::make_unique<Projector<P>>(log_, database_, *build_, ConsumedChain{});
}

// After a failure it is not known how much of the projector's memory was written: the disk tells.
template <Projection P>
void Follower<P>::recover() {
    const auto held = hold();
    auto chain = usable_chain();
    if (!chain) throw StorageError(chain.error());
    projector_ = std::make_unique<Projector<P>>(log_, database_, *build_, std::move(*chain));
}

template <Projection P>
ReadModelStatus Follower<P>::status() const {
    ReadModelStatus status;
    status.name = P::name;
    status.version = P::version;
    {
        const auto held = hold();
        if (build_) status.build = build_->number;
    }
    progress_.report_in(status);
    const auto head = log_.head();
    status.lag_events = head.value - std::min(head, status.consumed.position).value;
    return status;
}

template <Projection P>
void Follower<P>::start() {
    const MutexLock lock{control_mutex_};
    if (worker_.joinable()) {
        if (!progress_.failed()) return;
        worker_.join();
    }
    try {
        if (progress_.failed()) recover();
    } catch (const StorageError& broken) {
        progress_.stopped(broken.what());
        return;
    }
    progress_.running();
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
            do {
                for (const auto& event : events) projector_->consume(event);
            } while (batching::takes_more(projector_->unwritten_events()) && !stop.stop_requested() &&
                     !(events = subscription.poll()).empty());
            const auto pause = batching::pause_after(projector_->unwritten_events());
            projector_->write();
            publish();
            seen_->advance(projector_->position());
            if (pause.count() != 0) seen_->throttle_until_awaited(pause, stop);
        }
        progress_.stopped(stop.stop_requested() ? "" : "the log has stopped");
    } catch (const std::exception& broken) {
        spdlog::error("read model {} has stopped at position {}: {}", P::name, seen_->value().value, broken.what());
        progress_.stopped(broken.what());
    }
}

template <Projection P>
void Follower<P>::catch_up_to(Position target) {
    try {
        if (progress_.failed()) recover();
        project_to(target, *projector_, log_);
        progress_.stopped();
    } catch (const StorageError& broken) {
        progress_.stopped(broken.what());
        throw;
    }
    publish();
    seen_->advance(projector_->position());
}

template <Projection P>
void Follower<P>::switch_to(std::unique_ptr<Build> fresh, std::unique_ptr<Projector<P>> builder) {
    database_.activate(*fresh, true);
    {
        const WriterLock lock{build_mutex_};
        std::swap(build_, fresh);
    }
    projector_ = std::move(builder);
    progress_.stopped();
    publish();
    seen_->advance(projector_->position());
    database_.drop(std::move(fresh));
}

template <Projection P>
void Follower<P>::publish() {
    const auto& notes = projector_->notes();
    progress_.written(projector_->checkpoint().consumed, notes.parked_keys(), notes.skipped_keys());
}

}  // namespace sillok
