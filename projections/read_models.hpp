// All read models, in one RocksDB directory of their own beside the log.
//
// Disk:      no write-ahead log: rows, indexes and checkpoints reach the disk together (atomic flush). After a crash
//            the read models are at some earlier position and read the rest from the log again. Deleting the directory
//            loses nothing but time.
// Trust:     a read model starts again from the first event when its checkpoint does not fit this log (it is of
//            another log, or ahead of this one), or when it is of another version of its projection.
// Lifetime:  open; start() to follow the log; the destructor stops them and flushes.
//
// To add a read model:
//   1. its projection in projections/views/: a header, and a source file that ends with `template class View<...>`
//   2. its name in AllProjections below
//   3. who reads it: view<...>()
#pragma once

#include "eventstore/base/mutex.hpp"
#include "projections/engine/read_model.hpp"
#include "projections/engine/view.hpp"
#include "projections/outbox/notification_sink.hpp"
#include "projections/views/delivery_status.hpp"
#include "projections/views/notifications.hpp"
#include "projections/views/order_history.hpp"
#include "projections/views/saga_monitor.hpp"
#include "projections/views/stock_levels.hpp"

#include <expected>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

namespace rocksdb {
class Env;
}

namespace sillok {

class EventStore;
class ReadModelDatabase;

template <Projection... P>
struct Projections {
    using Views = std::tuple<std::unique_ptr<View<P>>...>;
};
using AllProjections = Projections<OrderHistory, StockLevels, DeliveryStatus, Notifications, SagaMonitor>;

// How far the read models in a directory are, by name, without a log to compare with. Nothing if there is no directory
// or none of them has consumed an event. The error is one sentence for people.
struct SeenByReadModel {
    std::string model;
    ProjectionCheckpoint checkpoint;
};
std::expected<std::vector<SeenByReadModel>, std::string> seen_by_read_models(const std::filesystem::path& directory);

class ReadModels {
   public:
    enum class Mode {
        create,     // a missing directory is made
        existing,   // a missing directory is an error
        read_only,  // nothing is written; neither start() nor rebuild()
    };

    // The error is one sentence for people: missing, locked, newer or damaged; the directory is left as it was.
    // `disk`: where the directory is; nullptr for the machine's own file system.
    // REQUIRES: log and disk outlive the read models.
    static std::expected<std::unique_ptr<ReadModels>, std::string> open(const std::filesystem::path& directory,
                                                                        const EventStore& log, Mode mode = Mode::create,
                                                                        rocksdb::Env* disk = nullptr);
    ~ReadModels();
    ReadModels(const ReadModels&) = delete;
    ReadModels& operator=(const ReadModels&) = delete;

    template <Projection P>
    [[nodiscard]] View<P>& view() {
        return *std::get<std::unique_ptr<View<P>>>(views_);
    }
    [[nodiscard]] View<OrderHistory>& orders() { return view<OrderHistory>(); }
    [[nodiscard]] View<StockLevels>& stock() { return view<StockLevels>(); }
    [[nodiscard]] View<DeliveryStatus>& deliveries() { return view<DeliveryStatus>(); }
    [[nodiscard]] View<Notifications>& notifications() { return view<Notifications>(); }
    [[nodiscard]] View<SagaMonitor>& sagas() { return view<SagaMonitor>(); }

    // All of them, to list; one by its name, nullptr for an unknown name.
    [[nodiscard]] const std::vector<ReadModel*>& all() const { return all_; }
    [[nodiscard]] ReadModel* find(std::string_view name) const;

    // Workers that follow the log, one per read model. Idempotent.
    void start();
    // Stops the workers and the delivery of notifications.
    void stop();
    // Stops the workers until start(); notifications that are there are still delivered.
    void pause();
    // Takes every read model to the log's present head, in this thread. REQUIRES: not started.
    void catch_up();
    // Makes durable what has been projected. Nobody has to: without it a crash costs a longer way to the log's head.
    void flush();

    // Delivers every new notification to the sink, from where it was left, until stop(). `log` keeps how far it is.
    // REQUIRES: the sink outlives the read models; `log` is theirs.
    void deliver_to(NotificationSink& sink, EventStore& log);
    [[nodiscard]] std::vector<SinkStatus> sinks() const;

    // Proves that no read model skipped an event, took one twice or read another log; that rows and indexes agree; and
    // the invariants of the rows. Reads the log once. Empty: all is well. A read model that lags is checked as far as
    // it is.
    [[nodiscard]] std::vector<ReadModelFinding> check() const;

   private:
    class Outbox;

    ReadModels(const EventStore& log, std::unique_ptr<ReadModelDatabase> database);
    void flush_when_idle(const std::stop_token& stop);

    // Constant after construction, in order of construction: the outbox uses the views, the views use the database.
    const EventStore& log_;
    std::unique_ptr<ReadModelDatabase> database_;
    AllProjections::Views views_;
    std::vector<ReadModel*> all_;
    std::unique_ptr<Outbox> outbox_;

    Mutex idle_mutex_;
    std::jthread idle_flush_ SILLOK_GUARDED_BY(idle_mutex_);  // while started; last: it uses all of the above
};

}  // namespace sillok
