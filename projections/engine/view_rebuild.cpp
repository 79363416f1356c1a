// View::rebuild, apart from reading: both are templates over all models, and take a while to compile.
#include "projections/engine/generation_comparison.hpp"
#include "projections/engine/view_parts.hpp"
#include "projections/views/delivery_status.hpp"
#include "projections/views/notifications.hpp"
#include "projections/views/order_history.hpp"
#include "projections/views/saga_monitor.hpp"
#include "projections/views/stock_levels.hpp"

#include <algorithm>
#include <chrono>

namespace sillok {

namespace {

using Steady = std::chrono::steady_clock;

// Tells of a rebuild about four times a second.
class Pace {
   public:
    Pace(std::string_view name, const std::function<void(const RebuildProgress&)>& tell) : name_(name), tell_(tell) {}

    void at(Position position, Position head, bool last = false) {
        const auto now = Steady::now();
        if (!tell_ || (!last && now - told_ < std::chrono::milliseconds{250})) return;
        told_ = now;
        const auto rate = static_cast<double>(position.value) / std::max(seconds(), 1e-9);
        const auto rest = static_cast<double>(head.value - std::min(position.value, head.value)) / std::max(rate, 1.0);
        tell_({name_, position, head, rate, std::chrono::seconds{static_cast<std::int64_t>(rest)}});
    }
    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Steady::now() - begin_).count(); }

   private:
    std::string_view name_;
    const std::function<void(const RebuildProgress&)>& tell_;
    const Steady::time_point begin_ = Steady::now();
    Steady::time_point told_ = begin_;
};

// One rebuild, from the first event to the comparison with the generation in use.
template <Projection P>
class Rebuild {
   public:
    Rebuild(const EventStore& log, ViewsDatabase& database, Follower<P>& follower, const RebuildOptions& options)
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

    // While the worker goes on: until so little is left that it can be done while the worker pauses.
    void build() {
        do {
            build_to(log_.head());
        } while (log_.head().value - builder_->position().value > rebuild_events_max && !stopped());
    }

    // REQUIRES from here on: the worker has stopped.
    void finish() {
        target_ = std::max(log_.head(), follower_.position());
        build_to(target_);
        pace_.at(builder_->position(), target_, true);
        report_.events = builder_->position().value;
        report_.seconds = pace_.seconds();
        report_.parked_keys = builder_->parked_keys();
        count_rows();
    }

    // What cannot be read of the old one is a difference, too: a rebuild is how it is mended.
    void compare() {
        if (follower_.position().value == 0) return;  // nothing has ever been in it
        report_.compared = true;
        Differences differences{report_, options_.differences_listed_max};
        try {
            follower_.catch_up_to(target_);
            const auto held = follower_.hold();
            compare_rows<P>(database_, *follower_.generation(), *fresh_, differences);
            compare_indexes(database_, *follower_.generation(), *fresh_, differences);
        } catch (const StorageError& damage) {
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
        drive(*builder_, log_, target, options_.stop, [this] { pace_.at(builder_->position(), log_.head()); });
    }
    void count_rows() {
        const auto it = database_.iterate(*fresh_->rows);
        for (it->SeekToFirst(); it->Valid(); it->Next()) ++report_.rows;
        require(it->status(), "counting rows");
    }

    // Constant after construction.
    const EventStore& log_;
    ViewsDatabase& database_;
    Follower<P>& follower_;
    const RebuildOptions& options_;

    Pace pace_;
    std::unique_ptr<Generation> fresh_;
    std::unique_ptr<Projector<P>> builder_;
    Position target_;
    RebuildReport report_;
};

}  // namespace

template <Projection P>
std::expected<RebuildReport, std::string> View<P>::rebuild(const RebuildOptions& options) {
    const MutexLock one_at_a_time{parts_->rebuild_mutex};
    const std::string model{P::name};
    if (parts_->database.read_only()) return std::unexpected(model + " was opened for reading only");
    auto& follower = parts_->follower;
    bool was_running = false;
    const auto go_on = [&] {
        if (was_running) follower.start();
    };
    try {
        Rebuild<P> rebuild{parts_->log, parts_->database, follower, options};
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
        // What was built so far is not in use; the next opening clears it away.
        go_on();
        return std::unexpected("the rebuild of " + model + " failed: " + broken.what());
    }
}

template std::expected<RebuildReport, std::string> View<OrderHistory>::rebuild(const RebuildOptions&);
template std::expected<RebuildReport, std::string> View<StockLevels>::rebuild(const RebuildOptions&);
template std::expected<RebuildReport, std::string> View<DeliveryStatus>::rebuild(const RebuildOptions&);
template std::expected<RebuildReport, std::string> View<Notifications>::rebuild(const RebuildOptions&);
template std::expected<RebuildReport, std::string> View<SagaMonitor>::rebuild(const RebuildOptions&);

}  // namespace sillok
