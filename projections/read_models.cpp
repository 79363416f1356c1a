#include "projections/read_models.hpp"

#include "eventstore/base/mutex.hpp"
#include "eventstore/event_store.hpp"
#include "projections/engine/views_database.hpp"
#include "projections/outbox/notification_dispatcher.hpp"
#include "projections/outbox/notification_sink.hpp"

#include <algorithm>
#include <exception>

namespace sillok {

// In order of construction: the couriers use the views, the views use the database.
struct ReadModels::Parts {
    Parts(const EventStore& event_log, std::unique_ptr<ViewsDatabase> views)
        : log(event_log),
          database(std::move(views)),
          orders(log, *database),
          stock(log, *database),
          deliveries(log, *database),
          notifications(log, *database),
          sagas(log, *database) {}

    const EventStore& log;
    std::unique_ptr<ViewsDatabase> database;
    View<OrderHistory> orders;
    View<StockLevels> stock;
    View<DeliveryStatus> deliveries;
    View<Notifications> notifications;
    View<SagaMonitor> sagas;
    std::array<ReadModel*, 5> all{&orders, &stock, &deliveries, &notifications, &sagas};

    mutable Mutex couriers_mutex;
    std::vector<std::unique_ptr<NotificationDispatcher>> couriers SILLOK_GUARDED_BY(couriers_mutex);
};

ReadModels::ReadModels(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ReadModels::~ReadModels() { stop(); }

std::expected<std::unique_ptr<ReadModels>, std::string> ReadModels::open(const std::filesystem::path& directory,
                                                                         const EventStore& log, Mode mode) {
    const auto database_mode = mode == Mode::create     ? ViewsDatabase::Mode::create
                               : mode == Mode::existing ? ViewsDatabase::Mode::existing
                                                        : ViewsDatabase::Mode::read_only;
    auto database = ViewsDatabase::open(directory, database_mode);
    if (!database) return std::unexpected(database.error());
    try {
        auto parts = std::make_unique<Parts>(log, std::move(*database));
        if (mode != Mode::read_only) parts->database->drop_leftovers();
        return std::unique_ptr<ReadModels>{new ReadModels{std::move(parts)}};
    } catch (const StorageError& damage) {
        return std::unexpected("the read models' directory " + directory.string() + " is damaged (" + damage.what() +
                               "); delete it and it is built again from the log");
    }
}

View<OrderHistory>& ReadModels::orders() { return parts_->orders; }
View<StockLevels>& ReadModels::stock() { return parts_->stock; }
View<DeliveryStatus>& ReadModels::deliveries() { return parts_->deliveries; }
View<Notifications>& ReadModels::notifications() { return parts_->notifications; }
View<SagaMonitor>& ReadModels::sagas() { return parts_->sagas; }

const std::array<ReadModel*, 5>& ReadModels::all() const { return parts_->all; }

ReadModel* ReadModels::find(std::string_view name) const {
    const auto found = std::ranges::find(parts_->all, name, &ReadModel::name);
    return found == parts_->all.end() ? nullptr : *found;
}

void ReadModels::start() {
    for (auto* model : parts_->all) model->start();
}

void ReadModels::stop() {
    {
        const MutexLock lock{parts_->couriers_mutex};
        parts_->couriers.clear();
    }
    pause();
}

void ReadModels::pause() {
    for (auto* model : parts_->all) model->stop();
}

void ReadModels::catch_up() {
    for (auto* model : parts_->all) model->catch_up();
}

void ReadModels::deliver_to(NotificationSink& sink) {
    const MutexLock lock{parts_->couriers_mutex};
    parts_->couriers.push_back(
        std::make_unique<NotificationDispatcher>(parts_->notifications, *parts_->database, sink, parts_->log.head()));
}

std::vector<SinkStatus> ReadModels::sinks() const {
    const MutexLock lock{parts_->couriers_mutex};
    std::vector<SinkStatus> statuses;
    for (const auto& dispatcher : parts_->couriers) statuses.push_back(dispatcher->status());
    return statuses;
}

std::vector<ReadModelFinding> ReadModels::check() const {
    std::vector<ReadModelFinding> findings;
    std::vector<ReadModelStatus> waiting;
    for (const auto* model : parts_->all) {
        const auto status = model->status();
        const auto find = [&](std::string what) {
            findings.push_back({std::string{status.name}, {}, std::move(what)});
        };
        if (!status.failure.empty()) find(status.failure);
        if (status.parked_keys != 0) find("events of " + std::to_string(status.parked_keys) + " rows are parked");
        if (status.consumed.position > parts_->log.head())
            find("it has seen positions that the log does not have");
        else if (status.consumed.events != 0)
            waiting.push_back(status);
    }
    std::ranges::sort(waiting, {}, [](const ReadModelStatus& status) { return status.consumed.position; });

    ConsumedChain chain;
    for (auto next_one = waiting.begin(); next_one != waiting.end();) {
        const auto target = next_one->consumed.position;
        while (chain.position() < target) {
            const auto wanted = std::min<std::uint64_t>(4096, target.value - chain.position().value);
            const auto events = parts_->log.read_log(chain.position(), wanted);
            if (events.empty()) throw StorageError("the log ends before its own head");
            for (const auto& event : events) chain.add(event);
        }
        const auto truth = chain.checkpoint().consumed;
        if (next_one->consumed.events != truth.events)
            findings.push_back({std::string{next_one->name}, target,
                                "it has consumed " + std::to_string(next_one->consumed.events) + " events of " +
                                    std::to_string(truth.events)});
        else if (next_one->consumed.hash != truth.hash)
            findings.push_back(
                {std::string{next_one->name}, target, "it has consumed other events than the log holds"});
        ++next_one;
    }
    for (const auto* model : parts_->all)
        for (auto& finding : model->check_rows()) findings.push_back(std::move(finding));
    return findings;
}

}  // namespace sillok
