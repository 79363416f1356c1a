#include "projections/engine/view.hpp"

#include "projections/engine/cursor.hpp"
#include "projections/engine/row_comparison.hpp"
#include "projections/engine/view_parts.hpp"
#include "projections/views/delivery_status.hpp"
#include "projections/views/notifications.hpp"
#include "projections/views/order_history.hpp"
#include "projections/views/saga_monitor.hpp"
#include "projections/views/stock_levels.hpp"

#include <rocksdb/snapshot.h>

#include <functional>

namespace sillok {

namespace {

// So many entries a page looks through, accepted or not.
constexpr std::size_t page_entries_max = 100'000;

// The keys of a page's rows, in the order of their entries, and where the page ended if something follows.
struct PageKeys {
    std::vector<std::string> rows;
    std::optional<std::string> last_entry;
};

// `start` is the partition's prefix, or the entry that the page before ended with.
PageKeys find_entries(rocksdb::Iterator& index, const Selection& selection, std::string_view start, std::size_t limit) {
    const auto prefix = view_keys::index_prefix(selection.index, selection.partition);
    PageKeys found;
    std::string last_entry;
    std::size_t looked_at = 0;
    index.Seek(slice(start));
    if (start != prefix && index.Valid() && view(index.key()) == start) index.Next();
    for (; index.Valid() && view(index.key()).starts_with(prefix); index.Next()) {
        if (found.rows.size() == limit || looked_at == page_entries_max) {
            found.last_entry = std::move(last_entry);
            break;
        }
        ++looked_at;
        last_entry = view(index.key());
        if (selection.accepts && !selection.accepts(view(index.value()))) continue;
        const auto row_key = view_keys::row_key_of(last_entry);
        if (!row_key) throw StorageError("an index entry is damaged; rebuild the read model");
        found.rows.emplace_back(*row_key);
    }
    require(index.status(), "reading an index");
    return found;
}

}  // namespace

template <Projection P>
View<P>::View(const EventStore& log, ViewsDatabase& database) : parts_(std::make_unique<Parts>(log, database)) {}

template <Projection P>
View<P>::~View() = default;

template <Projection P>
std::optional<typename P::Row> View<P>::get(std::string_view key) const {
    const auto held = parts_->follower.hold();
    const auto* generation = parts_->follower.generation();
    if (!generation) return std::nullopt;
    const auto bytes = parts_->database.get(*generation->rows, key);
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
    Page<Row> page;
    const auto held = parts_->follower.hold();
    const auto* generation = parts_->follower.generation();
    if (!generation) return page;
    const auto& database = parts_->database;
    rocksdb::ManagedSnapshot now{&database.rocks()};  // entries and rows of one moment

    const auto index = database.iterate(*generation->index, now.snapshot());
    const auto found = find_entries(*index, selection, start, request.limit);
    if (found.last_entry) page.next_cursor = make_cursor(P::name, selection, found.last_entry->substr(prefix.size()));

    const std::vector<rocksdb::Slice> keys{found.rows.begin(), found.rows.end()};
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    rocksdb::ReadOptions options;
    options.snapshot = now.snapshot();
    database.rocks().MultiGet(options, generation->rows.get(), keys.size(), keys.data(), values.data(),
                              statuses.data());
    page.rows.reserve(keys.size());
    for (std::size_t at = 0; at < keys.size(); ++at) {
        require(statuses[at], "reading row " + printable(found.rows[at]));
        page.rows.push_back(read_row<P>(found.rows[at], view(values[at])));
    }
    return page;
}

template <Projection P>
void View<P>::each(const std::function<bool(const Row&)>& visit, std::string_view after) const {
    const auto held = parts_->follower.hold();
    const auto* generation = parts_->follower.generation();
    if (!generation) return;
    const auto it = parts_->database.iterate(*generation->rows);
    it->Seek(slice(after));
    if (!after.empty() && it->Valid() && view(it->key()) == after) it->Next();
    for (; it->Valid(); it->Next())
        if (!visit(read_row<P>(view(it->key()), view(it->value())))) return;
    require(it->status(), "reading rows");
}

template <Projection P>
ReadModelStatus View<P>::status() const {
    return parts_->follower.status();
}

template <Projection P>
std::vector<ParkedEvent> View<P>::parked(std::size_t limit) const {
    std::vector<ParkedEvent> events;
    const auto held = parts_->follower.hold();
    const auto* generation = parts_->follower.generation();
    if (!generation) return events;
    const auto it = parts_->database.iterate(*generation->state);
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
Watermark<Position>& View<P>::seen() {
    return parts_->follower.seen();
}

template <Projection P>
void View<P>::start() {
    parts_->follower.start();
}

template <Projection P>
void View<P>::stop() {
    parts_->follower.stop();
}

template <Projection P>
void View<P>::catch_up() {
    parts_->follower.catch_up_to(parts_->log.head());
}

template <Projection P>
std::vector<ReadModelFinding> View<P>::check_rows() const {
    std::vector<ReadModelFinding> findings;
    const auto find = [&](std::string what) { findings.push_back({std::string{P::name}, {}, std::move(what)}); };
    const auto held = parts_->follower.hold();
    const auto* generation = parts_->follower.generation();
    if (!generation) return findings;
    const auto& database = parts_->database;
    rocksdb::ManagedSnapshot now{&database.rocks()};
    // Sums over the entries that should be there and over those that are: alike only if the two sets are.
    std::uint64_t expected = 0;
    std::uint64_t actual = 0;
    const auto digest = [](std::string_view key, std::string_view note) {
        return std::hash<std::string_view>{}(key) * 31 + std::hash<std::string_view>{}(note);
    };
    try {
        const auto rows = database.iterate(*generation->rows, now.snapshot());
        for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
            const auto row = read_row<P>(view(rows->key()), view(rows->value()));
            for (const auto& entry : P::indexes(row))
                expected += digest(view_keys::index_entry(entry, view(rows->key())), entry.note);
            if constexpr (requires { P::invariant_violation(row); })
                if (const auto broken = P::invariant_violation(row))
                    find("row " + printable(view(rows->key())) + ": " + *broken);
        }
        require(rows->status(), "reading rows");
        const auto index = database.iterate(*generation->index, now.snapshot());
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
