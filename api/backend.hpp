// A running Sillok without HTTP: all components behind the routes, in order of construction.
//
// Order:   components are opened from top to bottom and stopped from bottom to top.
// Errors:  open() returns one sentence. It has not changed existing data then.
// Threads: any thread may use the components, each as its own header says.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/snapshot_refresh.hpp"
#include "aggregates/stock.hpp"
#include "api/data_directory.hpp"
#include "api/disk_watch.hpp"
#include "api/witness_keeper.hpp"
#include "eventstore/base/forward_clock.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "projections/outbox/notification_sink.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_runtime.hpp"
#include "sagas/payments/payments_options.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sillok {

struct BackendOptions {
    // The data directory. Without one the log is in memory and ends with the backend.
    std::optional<std::filesystem::path> data;
    std::optional<std::filesystem::path> backups{};  // Backups may be written below it. Without it none are made.
    PaymentsOptions payments = SimulatorProfile{};
    BreakerOptions breaker{};                                // for the payment provider
    std::optional<std::chrono::milliseconds> reserve_for{};  // replaces the fulfilment's own Expiry::within
    saga::RefundInTransit refund_in_transit = saga::RefundInTransit::on_return;
    std::optional<ReceiptRetention> receipts{};  // of the log on disk. Without it they stay
    std::uint64_t disk_reserve_bytes = 0;        // with less room new orders are refused (disk_watch.hpp); 0: never
    // Where a log ends that goes on although it contradicts its witnesses (witnesses.hpp). Without it open() refuses.
    std::optional<Position> accept_loss{};
    EventStoreOptions log = {};
    ProcessorOptions processors = {};
};

class Backend {
    // A temporary directory, for read models and checkpoints while the log is in memory.
    class Scratch {
       public:
        Scratch();
        ~Scratch();
        Scratch(const Scratch&) = delete;
        Scratch& operator=(const Scratch&) = delete;
        [[nodiscard]] const std::filesystem::path& path() const { return path_; }

       private:
        std::filesystem::path path_;
    };

    // Constant after construction. Declared first, because the components use them.
    std::optional<DataDirectory> directory_;
    std::unique_ptr<Scratch> scratch_;  // if there is no data directory
    std::optional<std::filesystem::path> backups_;
    const RocksLog* log_on_disk_;  // owned by the store; null while the log is in memory
    std::optional<KnownEnd> last_stop_;

   public:
    // Read models and sagas follow the log when this returns.
    static std::expected<std::unique_ptr<Backend>, std::string> open(BackendOptions options);
    ~Backend();  // stops
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    // Stops sagas, then read models, then the log. Acknowledged commands are durable; unfinished sagas continue after
    // the next start. Idempotent.
    void stop();

    // Null while the log is in memory.
    [[nodiscard]] const DataDirectory* data() const { return directory_ ? &*directory_ : nullptr; }
    // Null while the log is in memory.
    [[nodiscard]] const DiskWatch* disk() const { return disk_.get(); }
    // How the server before this one stopped, as far as the directory says it.
    [[nodiscard]] const std::optional<KnownEnd>& last_stop() const { return last_stop_; }
    // The directory below which backups may be written.
    [[nodiscard]] const std::optional<std::filesystem::path>& backups() const { return backups_; }
    // Null while the log is in memory.
    [[nodiscard]] const RocksLog* log_on_disk() const { return log_on_disk_; }

    EventStore store;

   private:
    std::unique_ptr<WitnessKeeper> witness_;  // null without a data directory
    std::unique_ptr<DiskWatch> disk_;         // null without a data directory

   public:
    ForwardClock clock;
    CommandProcessor<product::Product> products;
    CommandProcessor<stock::Stock> stock;
    CommandProcessor<order::Order> orders;
    CommandProcessor<payment::Payment> payments;
    CommandProcessor<delivery::Delivery> deliveries;
    CommandProcessor<customer::Customer> customers;

   private:
    SnapshotRefresh refresh_;  // uses what is above, from the start on; works while the rest is opened

   public:
    LogSink messages;
    std::unique_ptr<ReadModels> views;
    std::unique_ptr<Payments> payment_provider;
    SagaRuntime sagas;

   private:
    struct Opened;
    explicit Backend(Opened opened);
    void load_stock(const std::string& stream);
};

}  // namespace sillok
