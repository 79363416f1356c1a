#include "projections/view.hpp"

#include "eventstore/subscription.hpp"
#include "projections/cursor.hpp"
#include "projections/delivery_status.hpp"
#include "projections/notifications.hpp"
#include "projections/order_history.hpp"
#include "projections/projector.hpp"
#include "projections/row_comparison.hpp"
#include "projections/saga_monitor.hpp"
#include "projections/stock_levels.hpp"
#include "projections/view_keys.hpp"

#include <rocksdb/snapshot.h>
#include <spdlog/spdlog.h>

#include <array>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <thread>

namespace sillok {

namespace {

using Steady = std::chrono::steady_clock;

// So many events may be in memory before they are written: live, where others wait to see them, and in a rebuild.
constexpr std::uint64_t live_events_max = 8'192;
constexpr std::uint64_t rebuild_events_max = 65'536;
constexpr std::size_t read_events = 4'096;
// So many entries a page looks through, accepted or not.
constexpr std::size_t page_entries_max = 100'000;

std::optional<Checkpoint> read_checkpoint(const ViewsDatabase& database, const Generation& generation) {
    const auto bytes = database.get(*generation.state, view_keys::checkpoint);
    if (!bytes) return std::nullopt;
    Checkpoint checkpoint;
    if (!from_bytes(*bytes, checkpoint)) throw StorageError("the checkpoint of " + generation.model + " is damaged");
    return checkpoint;
}

// Reads the log up to exactly `target`. Stops early when asked to.
template <Projection P>
void drive(Projector<P>& projector, const EventStore& log, Position target, const std::stop_token& stop,
           const std::function<void()>& after_each_read = {}) {
    while (projector.position() < target && !stop.stop_requested()) {
        const auto wanted = std::min<std::uint64_t>(read_events, target.value - projector.position().value);
        const auto events = log.read_log(projector.position(), wanted);
        if (events.empty()) throw StorageError("the log ends before its own head");
        for (const auto& event : events) projector.consume(event);
        if (projector.unwritten_events() >= rebuild_events_max) projector.write();
        if (after_each_read) after_each_read();
    }
    projector.write();
}

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

// Two sorted column families side by side: calls `only_left`, `only_right` or `both` for every key.
void merge(rocksdb::Iterator& left, rocksdb::Iterator& right, const std::function<void()>& only_left,
           const std::function<void()>& only_right, const std::function<void()>& both) {
    left.SeekToFirst();
    right.SeekToFirst();
    while (left.Valid() || right.Valid()) {
        const int order = !left.Valid() ? 1 : !right.Valid() ? -1 : left.key().compare(right.key());
        if (order < 0)
            only_left();
        else if (order > 0)
            only_right();
        else
            both();
        if (order <= 0) left.Next();
        if (order >= 0) right.Next();
    }
    require(left.status(), "comparing");
    require(right.status(), "comparing");
}

// Keys may hold bytes that are not for reading (a notification's is a number).
std::string printable(std::string_view key) {
    const bool text = std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7f; });
    if (text) return std::string{key};
    if (key.size() == 8) return std::to_string(get_big_endian(key.data()));
    return fmt::format("{:02x}", fmt::join(key, ""));
}

class Differences {
   public:
    Differences(RebuildReport& report, std::size_t listed_max) : report_(report), listed_max_(listed_max) {}
    void add(std::string_view key, const std::function<std::string()>& what) {
        if (report_.differences++ < listed_max_) report_.first_differences.push_back({printable(key), what()});
    }

   private:
    RebuildReport& report_;
    std::size_t listed_max_;
};

template <Projection P>
void compare_rows(const ViewsDatabase& database, const Generation& before, const Generation& after,
                  Differences& differences) {
    const auto old_rows = database.iterate(*before.rows);
    const auto new_rows = database.iterate(*after.rows);
    merge(
        *old_rows, *new_rows, [&] { differences.add(view(old_rows->key()), [] { return "not in the rebuilt one"; }); },
        [&] { differences.add(view(new_rows->key()), [] { return "missing"; }); },
        [&] {
            if (old_rows->value() == new_rows->value()) return;
            differences.add(view(old_rows->key()), [&]() -> std::string {
                typename P::Row old_row;
                if (!from_bytes(view(old_rows->value()), old_row)) return "cannot be read";
                return difference(old_row, read_row<P>(view(new_rows->key()), view(new_rows->value())));
            });
        });
}

void compare_indexes(const ViewsDatabase& database, const Generation& before, const Generation& after,
                     Differences& differences) {
    const auto old_index = database.iterate(*before.index);
    const auto new_index = database.iterate(*after.index);
    const auto row_of = [](const rocksdb::Iterator& it) {
        return std::string{view_keys::row_key_of(view(it.key())).value_or("?")};
    };
    merge(
        *old_index, *new_index,
        [&] { differences.add(row_of(*old_index), [] { return "listed where it does not belong"; }); },
        [&] { differences.add(row_of(*new_index), [] { return "not listed where it belongs"; }); },
        [&] {
            if (old_index->value() == new_index->value()) return;
            differences.add(row_of(*old_index), [] { return "listed with another note"; });
        });
}

std::uint64_t count_rows(const ViewsDatabase& database, const Generation& generation) {
    std::uint64_t rows = 0;
    const auto it = database.iterate(*generation.rows);
    for (it->SeekToFirst(); it->Valid(); it->Next()) ++rows;
    require(it->status(), "counting rows");
    return rows;
}

}  // namespace

template <Projection P>
struct View<P>::Parts {
    Parts(const EventStore& event_log, ViewsDatabase& views) : log(event_log), database(views) {}

    const EventStore& log;
    ViewsDatabase& database;

    // Readers hold it shared, so that a generation stays while they read in it.
    mutable std::shared_mutex generation_mutex;
    std::unique_ptr<Generation> generation;  // in use; none only when there is nothing and nothing may be written

    std::unique_ptr<Watermark> seen;

    std::mutex rebuild_mutex;  // one rebuild at a time
    std::mutex control_mutex;  // start and stop, one after another
    // Guarded by control_mutex, and used by the worker while it runs.
    std::unique_ptr<Projector<P>> projector;
    std::jthread worker;

    mutable std::mutex status_mutex;
    // Guarded by status_mutex: as of the last write.
    Consumed consumed;
    std::size_t parked_keys = 0;
    bool running = false;
    std::string failure;

    // Takes up what is on disk, or begins anew where that is of no use.
    void take_up() {
        generation = database.take_active(P::name);
        Checkpoint checkpoint;
        if (database.read_only()) {
            if (generation && generation->version != P::version) generation.reset();
            if (generation) checkpoint = read_checkpoint(database, *generation).value_or(Checkpoint{});
            if (!generation) failure = "there is none of version " + std::to_string(P::version);
            consumed = checkpoint.consumed;
        } else {
            auto chain = usable_chain();
            if (!chain)
                begin_anew(chain.error());
            else
                projector = std::make_unique<Projector<P>>(log, database, *generation, std::move(*chain));
            publish();
        }
        seen = std::make_unique<Watermark>(consumed.position);
    }

    std::expected<ConsumedChain, std::string> usable_chain() {
        if (!generation) return std::unexpected("");
        if (generation->version != P::version)
            return std::unexpected("it is of version " + std::to_string(generation->version));
        return ConsumedChain::resume(read_checkpoint(database, *generation).value_or(Checkpoint{}), log);
    }

    void begin_anew(const std::string& why) {
        if (!why.empty()) spdlog::warn("read model {} starts again from the first event: {}", P::name, why);
        auto old = std::move(generation);
        generation = database.create(P::name, P::version);
        database.activate(*generation, old != nullptr);
        if (old) database.drop(std::move(old));
        projector = std::make_unique<Projector<P>>(log, database, *generation, ConsumedChain{});
    }

    // After a failure it is not known what of the projector's memory is on disk: the disk itself tells.
    bool take_up_after_failure() {
        try {
            auto chain = usable_chain();
            if (!chain) throw StorageError(chain.error());
            projector = std::make_unique<Projector<P>>(log, database, *generation, std::move(*chain));
            return true;
        } catch (const StorageError& broken) {
            const std::lock_guard lock{status_mutex};
            failure = broken.what();
            return false;
        }
    }

    void publish() {
        const std::lock_guard lock{status_mutex};
        consumed = projector->checkpoint().consumed;
        parked_keys = projector->parked_keys();
    }

    void set_running(bool is) {
        const std::lock_guard lock{status_mutex};
        running = is;
        if (is) failure.clear();
    }

    void write() {
        projector->write();
        publish();
        seen->advance(projector->position());
    }

    void follow(const std::stop_token& stop) {
        try {
            Subscription subscription{log, projector->position()};
            while (true) {
                auto events = subscription.wait_next(stop);
                if (events.empty()) break;
                // More is taken along while there is more, so that a lagging model catches up in large writes.
                do {
                    for (const auto& event : events) projector->consume(event);
                } while (projector->unwritten_events() < live_events_max && !stop.stop_requested() &&
                         !(events = subscription.poll()).empty());
                write();
            }
            set_running(false);
        } catch (const std::exception& broken) {
            spdlog::error("read model {} has stopped at position {}: {}", P::name, seen->value().value, broken.what());
            const std::lock_guard lock{status_mutex};
            running = false;
            failure = broken.what();
        }
    }

    void start() {
        const std::lock_guard lock{control_mutex};
        if (worker.joinable()) return;
        if (!failure_text().empty() && !take_up_after_failure()) return;
        set_running(true);
        worker = std::jthread{[this](const std::stop_token& stop) { follow(stop); }};
    }

    // True when it was running.
    bool stop() {
        const std::lock_guard lock{control_mutex};
        if (!worker.joinable()) return false;
        worker.request_stop();
        worker.join();
        worker = {};
        return true;
    }

    std::string failure_text() const {
        const std::lock_guard lock{status_mutex};
        return failure;
    }

    void catch_up_to(Position target) {
        drive(*projector, log, target, {});
        publish();
        seen->advance(projector->position());
    }

    // Brings the present generation to `target` and compares it with a rebuilt one. What cannot be read of it
    // is a difference, too: a rebuild is how it is mended.
    void compare_with(const Generation& fresh, Position target, const RebuildOptions& options, RebuildReport& report) {
        if (projector->position().value == 0) return;  // nothing has ever been in it
        report.compared = true;
        Differences differences{report, options.differences_listed_max};
        try {
            if (failure_text().empty()) catch_up_to(target);
            compare_rows<P>(database, *generation, fresh, differences);
            compare_indexes(database, *generation, fresh, differences);
        } catch (const StorageError& damage) {
            differences.add("", [&] { return std::string{"the old one cannot be read: "} + damage.what(); });
        }
    }

    // Puts a rebuilt generation in the place of the present one.
    void switch_to(std::unique_ptr<Generation> fresh, std::unique_ptr<Projector<P>> builder) {
        database.activate(*fresh, true);
        {
            const std::unique_lock lock{generation_mutex};
            std::swap(generation, fresh);
        }
        projector = std::move(builder);
        {
            const std::lock_guard lock{status_mutex};
            failure.clear();
        }
        publish();
        seen->advance(projector->position());
        database.drop(std::move(fresh));
    }
};

template <Projection P>
View<P>::View(const EventStore& log, ViewsDatabase& database) : parts_(std::make_unique<Parts>(log, database)) {
    parts_->take_up();
}

template <Projection P>
View<P>::~View() {
    parts_->stop();
    parts_->seen->close();
}

template <Projection P>
std::optional<typename P::Row> View<P>::get(std::string_view key) const {
    const std::shared_lock lock{parts_->generation_mutex};
    if (!parts_->generation) return std::nullopt;
    const auto bytes = parts_->database.get(*parts_->generation->rows, key);
    if (!bytes) return std::nullopt;
    return read_row<P>(key, *bytes);
}

template <Projection P>
std::expected<Page<typename P::Row>, CursorInvalid> View<P>::page(const Selection& selection,
                                                                  const PageRequest& request) const {
    const auto prefix = view_keys::index_prefix(selection.index, selection.partition);
    auto start = prefix;
    if (!request.cursor.empty()) {
        const auto after = read_cursor(P::name, selection, request.cursor);
        if (!after) return std::unexpected(after.error());
        start += *after;
    }
    const std::shared_lock lock{parts_->generation_mutex};
    Page<Row> page;
    if (!parts_->generation) return page;
    const auto& database = parts_->database;
    rocksdb::ManagedSnapshot now{&database.rocks()};  // entries and rows of one moment

    std::vector<std::string> row_keys;
    std::string last_entry;  // what was looked at last
    std::size_t looked_at = 0;
    const auto it = database.iterate(*parts_->generation->index, now.snapshot());
    it->Seek(slice(start));
    if (!request.cursor.empty() && it->Valid() && view(it->key()) == start) it->Next();
    for (; it->Valid() && view(it->key()).starts_with(prefix); it->Next()) {
        if (row_keys.size() == request.limit || looked_at == page_entries_max) {
            page.next_cursor = make_cursor(P::name, selection, std::string_view{last_entry}.substr(prefix.size()));
            break;
        }
        ++looked_at;
        last_entry = view(it->key());
        if (selection.accepts && !selection.accepts(view(it->value()))) continue;
        const auto row_key = view_keys::row_key_of(last_entry);
        if (!row_key) throw StorageError("an index entry of " + std::string{P::name} + " is damaged; rebuild it");
        row_keys.emplace_back(*row_key);
    }
    require(it->status(), "reading an index");

    std::vector<rocksdb::Slice> keys{row_keys.begin(), row_keys.end()};
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    rocksdb::ReadOptions options;
    options.snapshot = now.snapshot();
    database.rocks().MultiGet(options, parts_->generation->rows.get(), keys.size(), keys.data(), found.data(),
                              statuses.data());
    page.rows.reserve(keys.size());
    for (std::size_t at = 0; at < keys.size(); ++at) {
        require(statuses[at], "reading row " + printable(row_keys[at]));
        page.rows.push_back(read_row<P>(row_keys[at], view(found[at])));
    }
    return page;
}

template <Projection P>
void View<P>::each(const std::function<bool(const Row&)>& visit, std::string_view after) const {
    const std::shared_lock lock{parts_->generation_mutex};
    if (!parts_->generation) return;
    const auto it = parts_->database.iterate(*parts_->generation->rows);
    it->Seek(slice(after));
    if (!after.empty() && it->Valid() && view(it->key()) == after) it->Next();
    for (; it->Valid(); it->Next())
        if (!visit(read_row<P>(view(it->key()), view(it->value())))) return;
    require(it->status(), "reading rows");
}

template <Projection P>
ReadModelStatus View<P>::status() const {
    ReadModelStatus status;
    status.name = P::name;
    status.version = P::version;
    {
        const std::shared_lock lock{parts_->generation_mutex};
        if (parts_->generation) status.generation = parts_->generation->number;
    }
    {
        const std::lock_guard lock{parts_->status_mutex};
        status.consumed = parts_->consumed;
        status.parked_keys = parts_->parked_keys;
        status.running = parts_->running;
        status.failure = parts_->failure;
    }
    const auto head = parts_->log.head();
    status.lag_events = head.value - std::min(head, status.consumed.position).value;
    return status;
}

template <Projection P>
std::vector<ParkedEvent> View<P>::parked(std::size_t limit) const {
    const std::shared_lock lock{parts_->generation_mutex};
    std::vector<ParkedEvent> events;
    if (!parts_->generation) return events;
    const auto it = parts_->database.iterate(*parts_->generation->state);
    for (it->Seek(slice(view_keys::parked_prefix)); it->Valid() && events.size() < limit; it->Next()) {
        if (!view(it->key()).starts_with(view_keys::parked_prefix)) break;
        if (!from_bytes(view(it->value()), events.emplace_back()))
            throw StorageError("a parked event's note is damaged");
        events.back().key = printable(events.back().key);
    }
    require(it->status(), "reading parked events");
    return events;
}

template <Projection P>
Watermark& View<P>::seen() {
    return *parts_->seen;
}

template <Projection P>
void View<P>::start() {
    parts_->start();
}

template <Projection P>
void View<P>::stop() {
    parts_->stop();
}

template <Projection P>
void View<P>::catch_up() {
    parts_->catch_up_to(parts_->log.head());
}

template <Projection P>
std::expected<RebuildReport, std::string> View<P>::rebuild(const RebuildOptions& options) {
    const std::lock_guard one_at_a_time{parts_->rebuild_mutex};
    const auto& log = parts_->log;
    auto& database = parts_->database;
    RebuildReport report;
    report.name = P::name;
    report.version = P::version;
    if (database.read_only()) return std::unexpected(report.name + " was opened for reading only");
    bool was_running = false;
    try {
        auto fresh = database.create(P::name, P::version);
        auto builder = std::make_unique<Projector<P>>(log, database, *fresh, ConsumedChain{});
        Pace pace{P::name, options.progress};
        const auto tell = [&] { pace.at(builder->position(), log.head()); };
        // The head moves on while it is built: again, until little is left for the pause.
        do drive(*builder, log, log.head(), options.stop, tell);
        while (log.head().value - builder->position().value > rebuild_events_max && !options.stop.stop_requested());

        was_running = parts_->stop();
        const auto target = std::max(log.head(), parts_->projector->position());
        drive(*builder, log, target, options.stop, tell);
        if (options.stop.stop_requested()) {
            database.drop(std::move(fresh));
            if (was_running) parts_->start();
            return std::unexpected("the rebuild of " + report.name + " was stopped");
        }
        report.events = builder->position().value;
        report.seconds = pace.seconds();
        pace.at(builder->position(), target, true);

        parts_->compare_with(*fresh, target, options, report);
        report.rows = count_rows(database, *fresh);
        report.parked_keys = builder->parked_keys();
        if (options.dry_run) {
            builder.reset();
            database.drop(std::move(fresh));
        } else {
            parts_->switch_to(std::move(fresh), std::move(builder));
            report.switched = true;
        }
        if (was_running) parts_->start();
        return report;
    } catch (const StorageError& broken) {
        if (was_running) parts_->start();
        return std::unexpected("the rebuild of " + report.name + " failed: " + broken.what());
    }
}

template <Projection P>
std::vector<ReadModelFinding> View<P>::check_rows() const {
    std::vector<ReadModelFinding> findings;
    const auto find = [&](std::string what) {
        findings.push_back({std::string{P::name}, std::nullopt, std::move(what)});
    };
    const std::shared_lock lock{parts_->generation_mutex};
    if (!parts_->generation) return findings;
    const auto& database = parts_->database;
    rocksdb::ManagedSnapshot now{&database.rocks()};
    // Sums over the entries that should be there and those that are: alike only if the two sets are.
    std::uint64_t expected = 0;
    std::uint64_t actual = 0;
    const auto digest = [](std::string_view key, std::string_view note) {
        return std::hash<std::string_view>{}(key) * 31 + std::hash<std::string_view>{}(note);
    };
    try {
        const auto rows = database.iterate(*parts_->generation->rows, now.snapshot());
        for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
            Row row;
            if (!from_bytes(view(rows->value()), row)) {
                find("row " + printable(view(rows->key())) + " cannot be read");
                continue;
            }
            for (const auto& entry : P::indexes(row))
                expected += digest(view_keys::index_entry(entry, view(rows->key())), entry.note);
            if constexpr (requires { P::broken_promise(row); })
                if (const auto broken = P::broken_promise(row))
                    find("row " + printable(view(rows->key())) + ": " + *broken);
        }
        require(rows->status(), "reading rows");
        const auto index = database.iterate(*parts_->generation->index, now.snapshot());
        for (index->SeekToFirst(); index->Valid(); index->Next())
            actual += digest(view(index->key()), view(index->value()));
        require(index->status(), "reading the index");
        if (expected != actual) find("its index does not agree with its rows");
    } catch (const StorageError& damage) {
        find(damage.what());
    }
    return findings;
}

template class View<OrderHistory>;
template class View<StockLevels>;
template class View<DeliveryStatus>;
template class View<Notifications>;
template class View<SagaMonitor>;

}  // namespace sillok
