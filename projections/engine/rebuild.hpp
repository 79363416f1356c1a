// A rebuild: a new build of a read model from the first event, beside the one in use; a comparison of the two at the
// same position; then the switch, or with a dry run the end of the new one.
//
// Order:   the worker goes on while most of the log is read, and pauses for the rest and for the comparison.
// Restart: a build that was interrupted is not in use, and is dropped when the read models are opened again.
#pragma once

#include "projections/engine/batching.hpp"
#include "projections/engine/build_comparison.hpp"
#include "projections/engine/follower.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sillok {

// Reports a rebuild's progress about four times a second.
class RebuildPace {
   public:
    RebuildPace(std::string_view name, const std::function<void(const RebuildProgress&)>& report)
        : name_(name), report_(report) {}

    void at(Position position, Position head, bool last = false) {
        const auto now = Steady::now();
        if (!report_ || (!last && now - reported_ < std::chrono::milliseconds{250})) return;
        reported_ = now;
        const auto rate = static_cast<double>(position.value) / std::max(seconds(), 1e-9);
        const auto rest = static_cast<double>(head.value - std::min(position.value, head.value)) / std::max(rate, 1.0);
        report_({name_, position, head, rate, std::chrono::seconds{static_cast<std::int64_t>(rest)}});
    }
    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Steady::now() - begin_).count(); }

   private:
    using Steady = std::chrono::steady_clock;

    std::string_view name_;
    const std::function<void(const RebuildProgress&)>& report_;
    const Steady::time_point begin_ = Steady::now();
    Steady::time_point reported_ = begin_;
};

// The steps of one rebuild.
template <Projection P>
class Rebuild {
   public:
    Rebuild(const EventStore& log, ReadModelDatabase& database, Follower<P>& follower, const RebuildOptions& options)
        : log_(log),
          database_(database),
          follower_(follower),
          options_(options),
          pace_(P::name, options.progress),
          fresh_(database.create(P::name, P::version)),
          builder_(std::make_unique<Projector<P>>(log, database, *fresh_, ConsumedChain{})) {
        report_.name = P::name;
        report_.version = P::version;
    }

    // While the worker goes on: until the rest is small enough to be done while the worker pauses.
    void build() {
        do {
            build_to(log_.head());
        } while (!batching::is_nearly_there(builder_->position(), log_.head()) && !stopped());
    }

    // REQUIRES from here on: the worker has stopped.
    void finish() {
        target_ = std::max(log_.head(), follower_.position());
        build_to(target_);
        pace_.at(builder_->position(), target_, true);
        report_.events = builder_->position().value;
        report_.seconds = pace_.seconds();
        report_.parked_keys = builder_->notes().parked_keys();
        count_rows();
    }

    // Damage in the old one counts as a difference: a rebuild repairs it.
    void compare() {
        if (follower_.position().value == 0) return;  // nothing has ever been in it
        report_.compared = true;
        Differences differences{report_, options_.differences_listed_max};
        try {
            follower_.catch_up_to(target_);
            const auto held = follower_.hold();
            compare_rows<P>(database_, *follower_.build(), *fresh_, differences);
            compare_indexes(database_, *follower_.build(), *fresh_, differences);
        } catch (const StorageError& damage) {
            report_.damage = damage.what();
            differences.add("", [&] { return std::string{"the old one cannot be read: "} + damage.what(); });
        }
    }

    void take_over() {
        follower_.switch_to(std::move(fresh_), std::move(builder_));
        report_.switched = true;
    }
    void drop() {
        builder_.reset();
        database_.drop(std::move(fresh_));
    }

    [[nodiscard]] bool stopped() const { return options_.stop.stop_requested(); }
    [[nodiscard]] const RebuildReport& report() const { return report_; }

   private:
    void build_to(Position target) {
        project_to(target, *builder_, log_, options_.stop, [this] { pace_.at(builder_->position(), log_.head()); });
    }
    void count_rows() {
        const auto it = database_.iterate(*fresh_->rows);
        for (it->SeekToFirst(); it->Valid(); it->Next()) ++report_.rows;
        require(it->status(), "counting rows");
    }

    // Constant after construction.
    const EventStore& log_;
    ReadModelDatabase& database_;
    Follower<P>& follower_;
    const RebuildOptions& options_;

    RebuildPace pace_;
    std::unique_ptr<Build> fresh_;
    std::unique_ptr<Projector<P>> builder_;
    Position target_;
    RebuildReport report_;
};

// The error is a sentence: stopped, or the disk failed; the old build is then still in use.
// REQUIRES: one at a time per read model.
template <Projection P>
std::expected<RebuildReport, std::string> rebuild(const EventStore& log, ReadModelDatabase& database,
                                                  Follower<P>& follower, const RebuildOptions& options) {
    const std::string model{P::name};
    if (database.read_only()) return std::unexpected(model + " was opened for reading only");
    bool was_running = false;
    const auto go_on = [&] {
        if (was_running) follower.start();
    };
    try {
        Rebuild<P> rebuild{log, database, follower, options};
        rebuild.build();
        was_running = follower.stop();
        rebuild.finish();
        if (rebuild.stopped()) {
            rebuild.drop();
            go_on();
            return std::unexpected("the rebuild of " + model + " was stopped");
        }
        rebuild.compare();
        if (options.dry_run)
            rebuild.drop();
        else
            rebuild.take_over();
        go_on();
        return rebuild.report();
    } catch (const StorageError& broken) {
        // The new build is not in use; the next opening drops it.
        go_on();
        return std::unexpected("the rebuild of " + model + " failed: " + broken.what());
    }
}

}  // namespace sillok
