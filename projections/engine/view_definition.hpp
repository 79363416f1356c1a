// View's members. A projection's source file includes this and ends with
//
//     template class View<OrderHistory>;
//
// so that each read model is compiled once, beside its projection.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "projections/engine/cursor.hpp"
#include "projections/engine/follower.hpp"
#include "projections/engine/index_page.hpp"
#include "projections/engine/rebuild.hpp"
#include "projections/engine/row_comparison.hpp"
#include "projections/engine/view.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sillok {

template <Projection P>
struct View<P>::Core {
    Core(const EventStore& event_log, ReadModelDatabase& read_models)
        : log(event_log), database(read_models), follower(event_log, read_models) {}

    const EventStore& log;
    ReadModelDatabase& database;
    Follower<P> follower;
    Mutex rebuild_mutex;  // one rebuild at a time
};

template <Projection P>
View<P>::View(const EventStore& log, ReadModelDatabase& database) : core_(std::make_unique<Core>(log, database)) {}

template <Projection P>
View<P>::~View() = default;

template <Projection P>
std::optional<typename P::Row> View<P>::get(std::string_view key) const {
    const auto held = core_->follower.hold();
    const auto* build = core_->follower.build();
    if (!build) return std::nullopt;
    const auto bytes = core_->database.get(*build->rows, key);
    if (!bytes) return std::nullopt;
    return read_row<P>(key, *bytes);
}

template <Projection P>
std::expected<Page<typename P::Row>, CursorInvalid> View<P>::page(const Selection& selection,
                                                                  const PageRequest& request) const {
    const auto prefix = read_model_keys::index_prefix(selection.index, selection.partition);
    auto start = prefix;
    if (!request.cursor.empty()) {
        const auto after = read_cursor(P::name, selection, request.cursor);
        if (!after) return std::unexpected(after.error());
        start += *after;
    }
    Page<Row> page;
    const auto held = core_->follower.hold();
    const auto* build = core_->follower.build();
    if (!build) return page;
    const auto& database = core_->database;
    auto now = database.snapshot();  // entries and rows of one moment

    const auto open_index = [&] { return database.iterate(*build->index, now.snapshot()); };
    const auto keys = read_index_page(open_index, selection, start, request.limit);
    if (keys.last_entry) page.next_cursor = make_cursor(P::name, selection, keys.last_entry->substr(prefix.size()));

    constexpr std::size_t rows_at_once = 20;
    std::size_t bytes = 0;
    for (std::size_t first = 0; first < keys.rows.size(); first += rows_at_once) {
        const auto end = std::min(first + rows_at_once, keys.rows.size());
        const std::vector<std::string> some(keys.rows.begin() + static_cast<std::ptrdiff_t>(first),
                                            keys.rows.begin() + static_cast<std::ptrdiff_t>(end));
        const auto values = database.get_all(*build->rows, some, now.snapshot());
        for (std::size_t at = 0; at < values.size(); ++at) {
            bytes += values[at].size();
            if (bytes > request.bytes_max && !page.rows.empty()) {
                page.next_cursor = page.cursors.back();
                return page;
            }
            page.rows.push_back(read_row<P>(some[at], view(values[at])));
            page.cursors.push_back(make_cursor(P::name, selection, keys.entries[first + at].substr(prefix.size())));
        }
    }
    return page;
}

template <Projection P>
void View<P>::each(const std::function<bool(const Row&)>& visit, std::string_view after) const {
    const auto held = core_->follower.hold();
    const auto* build = core_->follower.build();
    if (!build) return;
    const auto it = core_->database.iterate(*build->rows);
    it->Seek(slice(after));
    if (!after.empty() && it->Valid() && view(it->key()) == after) it->Next();
    for (; it->Valid(); it->Next())
        if (!visit(read_row<P>(view(it->key()), view(it->value())))) return;
    require(it->status(), "reading rows");
}

template <Projection P>
ReadModelStatus View<P>::status() const {
    return core_->follower.status();
}

template <Projection P>
std::vector<ParkedEvent> View<P>::parked(std::size_t limit) const {
    std::vector<ParkedEvent> events;
    const auto held = core_->follower.hold();
    const auto* build = core_->follower.build();
    if (!build) return events;
    const auto it = core_->database.iterate(*build->state);
    for (it->Seek(slice(read_model_keys::parked_prefix)); it->Valid() && events.size() < limit; it->Next()) {
        if (!view(it->key()).starts_with(read_model_keys::parked_prefix)) break;
        if (!from_bytes(view(it->value()), events.emplace_back()))
            throw StorageError("a parked event's note is damaged");
        events.back().key = printable(events.back().key);
    }
    require(it->status(), "reading parked events");
    return events;
}

template <Projection P>
std::optional<ParkedEvent> View<P>::parked_at(std::string_view key) const {
    if (!core_->follower.has_parked()) return std::nullopt;
    const auto held = core_->follower.hold();
    const auto* build = core_->follower.build();
    if (!build) return std::nullopt;
    auto parked = read_notes(core_->database, *build, read_model_keys::parked_prefix, key, 1);
    if (parked.empty()) return std::nullopt;
    return std::move(parked.front());
}

template <Projection P>
std::vector<SkippedEvent> View<P>::skipped(std::string_view key) const {
    if (!core_->follower.has_skipped()) return {};
    const auto held = core_->follower.hold();
    const auto* build = core_->follower.build();
    if (!build) return {};
    return read_notes(core_->database, *build, read_model_keys::skipped_prefix, key);
}

template <Projection P>
Watermark<Position>& View<P>::seen() {
    return core_->follower.seen();
}

template <Projection P>
void View<P>::start() {
    core_->follower.start();
}

template <Projection P>
void View<P>::stop() {
    core_->follower.stop();
}

template <Projection P>
void View<P>::catch_up_to(Position target) {
    core_->follower.catch_up_to(target);
}

template <Projection P>
std::expected<RebuildReport, std::string> View<P>::rebuild(const RebuildOptions& options) {
    const MutexLock one_at_a_time{core_->rebuild_mutex};
    return sillok::rebuild(core_->log, core_->database, core_->follower, options);
}

template <Projection P>
std::vector<ReadModelFinding> View<P>::check_rows() const {
    std::vector<ReadModelFinding> findings;
    const auto find = [&](std::string what) { findings.push_back({std::string{P::name}, {}, std::move(what)}); };
    const auto held = core_->follower.hold();
    const auto* build = core_->follower.build();
    if (!build) return findings;
    const auto& database = core_->database;
    auto now = database.snapshot();
    // Sums over the entries that should be there and over those that are: equal only if the two sets are.
    std::uint64_t expected = 0;
    std::uint64_t actual = 0;
    const auto digest = [](std::string_view key, std::string_view note) {
        return std::hash<std::string_view>{}(key) * 31 + std::hash<std::string_view>{}(note);
    };
    try {
        const auto rows = database.iterate(*build->rows, now.snapshot());
        for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
            const auto key = view(rows->key());
            const auto row = read_row<P>(key, view(rows->value()));
            for (const auto& entry : P::indexes(row))
                expected += digest(read_model_keys::index_entry(entry, key), entry.note);
            if constexpr (requires { P::invariant_violation(row); })
                if (const auto broken = P::invariant_violation(row)) find("row " + printable(key) + ": " + *broken);
        }
        require(rows->status(), "reading rows");
        const auto index = database.iterate(*build->index, now.snapshot());
        for (index->SeekToFirst(); index->Valid(); index->Next())
            actual += digest(view(index->key()), view(index->value()));
        require(index->status(), "reading the index");
        if (expected != actual) find("its index does not agree with its rows");
    } catch (const StorageError& damage) {
        find(damage.what());
    }
    return findings;
}

}  // namespace sillok
