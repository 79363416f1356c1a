#include "projections/read_models.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/event_store.hpp"
#include "projections/engine/consumed_check.hpp"
#include "projections/engine/follower.hpp"
#include "projections/engine/read_model_database.hpp"
#include "projections/outbox/notification_dispatcher.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iterator>

namespace sillok {

namespace {

template <Projection... P>
AllProjections::Views views_of(Projections<P...>, const EventStore& log, ReadModelDatabase& database) {
    return {std::make_unique<View<P>>(log, database)...};
}

template <Projection P>
void add_seen(ReadModelDatabase& database, std::vector<SeenByReadModel>& seen) {
    const auto build = database.take_active(P::name);
    if (!build) return;
    const auto checkpoint = read_checkpoint(database, *build);
    if (checkpoint.consumed.events > 0) seen.push_back({std::string{P::name}, checkpoint});
}

template <Projection... P>
std::vector<SeenByReadModel> seen_in(Projections<P...>, ReadModelDatabase& database) {
    std::vector<SeenByReadModel> seen;
    (add_seen<P>(database, seen), ...);
    return seen;
}

}  // namespace

std::expected<std::vector<SeenByReadModel>, std::string> seen_by_read_models(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (!std::filesystem::exists(directory, ignored)) return {};
    const auto database = ReadModelDatabase::open(directory, ReadModelDatabase::Mode::read_only);
    if (!database) return std::unexpected(database.error());
    try {
        return seen_in(AllProjections{}, **database);
    } catch (const StorageError& damage) {
        return std::unexpected("the read models' directory " + directory.string() + " is damaged (" + damage.what() +
                               "); delete it and it is built again from the log");
    }
}

// The dispatchers, one per sink.
class ReadModels::Outbox {
   public:
    void add(std::unique_ptr<NotificationDispatcher> dispatcher) {
        const MutexLock lock{mutex_};
        dispatchers_.push_back(std::move(dispatcher));
    }
    void stop() {
        const MutexLock lock{mutex_};
        dispatchers_.clear();
    }
    [[nodiscard]] std::vector<SinkStatus> statuses() const {
        const MutexLock lock{mutex_};
        std::vector<SinkStatus> statuses;
        statuses.reserve(dispatchers_.size());
        for (const auto& dispatcher : dispatchers_) statuses.push_back(dispatcher->status());
        return statuses;
    }

   private:
    mutable Mutex mutex_;
    std::vector<std::unique_ptr<NotificationDispatcher>> dispatchers_ SILLOK_GUARDED_BY(mutex_);
};

ReadModels::ReadModels(const EventStore& log, std::unique_ptr<ReadModelDatabase> database)
    : log_(log),
      database_(std::move(database)),
      views_(views_of(AllProjections{}, log_, *database_)),
      outbox_(std::make_unique<Outbox>()) {
    std::apply([this](const auto&... view) { all_ = {view.get()...}; }, views_);
}

ReadModels::~ReadModels() { stop(); }

std::expected<std::unique_ptr<ReadModels>, std::string> ReadModels::open(const std::filesystem::path& directory,
                                                                         const EventStore& log, Mode mode,
                                                                         rocksdb::Env* disk) {
    const auto database_mode = mode == Mode::create     ? ReadModelDatabase::Mode::create
                               : mode == Mode::existing ? ReadModelDatabase::Mode::existing
                                                        : ReadModelDatabase::Mode::read_only;
    auto database = ReadModelDatabase::open(directory, database_mode, disk);
    if (!database) return std::unexpected(database.error());
    try {
        std::unique_ptr<ReadModels> models{new ReadModels{log, *std::move(database)}};
        if (mode != Mode::read_only) models->database_->drop_leftovers();
        return models;
    } catch (const StorageError& damage) {
        return std::unexpected("the read models' directory " + directory.string() + " is damaged (" + damage.what() +
                               "); delete it and it is built again from the log");
    }
}

ReadModel* ReadModels::find(std::string_view name) const {
    const auto found = std::ranges::find(all_, name, &ReadModel::name);
    return found == all_.end() ? nullptr : *found;
}

void ReadModels::start() {
    for (auto* model : all_) model->start();
    const MutexLock lock{idle_mutex_};
    if (!idle_flush_.joinable())
        idle_flush_ = std::jthread{[this](const std::stop_token& stop) { flush_when_idle(stop); }};
}

void ReadModels::stop() {
    outbox_->stop();
    pause();
}

void ReadModels::pause() {
    {
        const MutexLock lock{idle_mutex_};
        idle_flush_ = {};
    }
    for (auto* model : all_) model->stop();
}

// Once nothing has come for a moment, so that a start after a crash has little to project again.
void ReadModels::flush_when_idle(const std::stop_token& stop) {
    constexpr std::chrono::seconds moment{1};
    Mutex mutex;
    StoppableCondition stopped;
    std::uint64_t before = 0;
    std::uint64_t flushed = 0;
    try {
        while (!stop.stop_requested()) {
            {
                MutexLock lock{mutex};
                stopped.wait_for(lock, stop, moment, [] { return false; });
            }
            std::uint64_t now = 0;
            for (const auto* model : all_) now += model->status().consumed.position.value;
            if (now == before && now != flushed) {
                database_->flush();
                flushed = now;
            }
            before = now;
        }
    } catch (const std::exception& broken) {  // the models' workers meet the same, and say so
        spdlog::warn("the read models cannot be flushed: {}", broken.what());
    }
}

void ReadModels::catch_up() {
    for (auto* model : all_) model->catch_up_to(log_.head());
}

void ReadModels::flush() { database_->flush(); }

void ReadModels::deliver_to(NotificationSink& sink, EventStore& log) {
    SILLOK_ASSERT(&log == &log_);
    const auto before = database_->sink_position(sink.name()).transform([](auto number) { return Position{number}; });
    outbox_->add(std::make_unique<NotificationDispatcher>(notifications(), log, sink, before));
}

std::vector<SinkStatus> ReadModels::sinks() const { return outbox_->statuses(); }

std::vector<ReadModelFinding> ReadModels::check() const {
    std::vector<ReadModelFinding> findings;
    std::vector<ReadModelStatus> statuses;
    for (const auto* model : all_) {
        const auto status = model->status();
        const auto find = [&](std::string what) {
            findings.push_back({std::string{status.name}, {}, std::move(what)});
        };
        if (!status.failure.empty()) find(status.failure);
        if (status.parked_keys != 0) find("events of " + std::to_string(status.parked_keys) + " rows are parked");
        if (status.consumed.position > log_.head())
            find("it has seen positions that the log does not have");
        else
            statuses.push_back(status);
    }
    const auto add = [&findings](std::vector<ReadModelFinding> more) {
        std::ranges::move(more, std::back_inserter(findings));
    };
    add(check_consumed(std::move(statuses), log_));
    for (const auto* model : all_) add(model->check_rows());
    return findings;
}

}  // namespace sillok
