// All read models, in one RocksDB directory of their own beside the log.
//
// Disk:      no write-ahead log: rows, indexes and checkpoints reach the disk together (atomic flush), and what
//            a crash forgets is replayed from the log. Deleting the directory loses nothing but time.
// Trust:     a checkpoint that this log cannot have given (of another log, or ahead of this one), or a model of
//            another version, is not used: that model starts again from the first event.
// Lifetime:  open; start() where they are to follow the log; the destructor stops them and flushes.
#pragma once

#include "projections/engine/read_model.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/delivery_status.hpp"
#include "projections/views/notifications.hpp"
#include "projections/views/order_history.hpp"
#include "projections/views/saga_monitor.hpp"
#include "projections/views/stock_levels.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

class EventStore;
class NotificationSink;
class ViewsDatabase;

class ReadModels {
   public:
    enum class Mode {
        create,     // a missing directory is made
        existing,   // a missing directory is an error
        read_only,  // nothing is written; neither start() nor rebuild()
    };

    // The error is one sentence for people: missing, locked, newer or damaged; the directory is left as it was.
    // REQUIRES: the log outlives the read models.
    static std::expected<std::unique_ptr<ReadModels>, std::string> open(const std::filesystem::path& directory,
                                                                        const EventStore& log,
                                                                        Mode mode = Mode::create);
    ~ReadModels();
    ReadModels(const ReadModels&) = delete;
    ReadModels& operator=(const ReadModels&) = delete;

    [[nodiscard]] View<OrderHistory>& orders();
    [[nodiscard]] View<StockLevels>& stock();
    [[nodiscard]] View<DeliveryStatus>& deliveries();
    [[nodiscard]] View<Notifications>& notifications();
    [[nodiscard]] View<SagaMonitor>& sagas();

    // The five, to list, or one by its name; nullptr for an unknown name.
    [[nodiscard]] const std::array<ReadModel*, 5>& all() const;
    [[nodiscard]] ReadModel* find(std::string_view name) const;

    // Workers that follow the log, one per model. Idempotent.
    void start();
    void stop();
    // The workers stand still until start(); messages that are there go on being delivered.
    void pause();
    // Every model to the log's present head, in this thread. REQUIRES: not started.
    void catch_up();

    // Hands every new message to the sink, from where it was left, until stop().
    // REQUIRES: the sink outlives the read models.
    void deliver_to(NotificationSink& sink);
    [[nodiscard]] std::vector<SinkStatus> sinks() const;

    // Proves that no model skipped an event, took one twice or read another log; that rows and indexes agree;
    // and what the models promise of their rows. Reads the log once. Empty: all is well.
    // A model that lags is checked as far as it is.
    [[nodiscard]] std::vector<ReadModelFinding> check() const;

   private:
    struct Parts;
    explicit ReadModels(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace sillok
