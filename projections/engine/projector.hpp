// Applies events to one build of one read model: rows, index entries, parked events and the checkpoint, all in one
// write. Nothing is visible before write().
//
// Memory:  rows are read from the disk once and kept while they are in use. Several events of a row between two writes
//          cost one write of it.
// Poison:  when an event cannot be projected its row stays as it was before. The event is parked, and so is every later
//          one of the same key, in order.
// Skips:   an event that an operator has skipped is left out (aggregates/skipped_event.hpp), and noted. What was parked
//          behind it follows. If the row has the event already, the row is built again from the log without it.
// Threads: one at a time.
#pragma once

#include "aggregates/codec/event_bytes.hpp"
#include "aggregates/skipped_event.hpp"
#include "eventstore/base/assertion.hpp"
#include "eventstore/event_store.hpp"
#include "projections/engine/consumed.hpp"
#include "projections/engine/projection.hpp"
#include "projections/engine/read_model.hpp"
#include "projections/engine/read_model_database.hpp"
#include "projections/engine/read_model_keys.hpp"
#include "projections/engine/row_cache.hpp"
#include "projections/engine/row_notes.hpp"
#include "projections/engine/stream_merge.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sillok {

// Throws StorageError when the bytes are not a row of P.
template <Projection P>
typename P::Row read_row(std::string_view key, std::string_view bytes) {
    typename P::Row row;
    if (!from_bytes(bytes, row))
        throw StorageError("row " + std::string{key} + " of " + std::string{P::name} + " is damaged; rebuild it");
    return row;
}

inline void write_index(const Build& build, const std::string& key, std::vector<IndexEntry> before,
                        std::vector<IndexEntry> after, rocksdb::WriteBatch& batch) {
    if (before == after) return;
    std::ranges::sort(before);
    std::ranges::sort(after);
    const auto place = [](const IndexEntry& entry) { return std::tie(entry.index, entry.partition, entry.sort); };
    for (const auto& entry : before)
        if (!std::ranges::binary_search(after, place(entry), {}, place))
            batch.Delete(build.index.get(), read_model_keys::index_entry(entry, key));
    for (const auto& entry : after)
        if (!std::ranges::binary_search(before, entry))
            batch.Put(build.index.get(), read_model_keys::index_entry(entry, key), entry.note);
}

// Whether the event may change the entries that list its row.
template <Projection P>
bool moves(const Recorded& event) {
    if constexpr (requires { P::moves(event); })
        return P::moves(event);
    else
        return true;
}

template <Projection P>
class Projector {
   public:
    using Row = typename P::Row;

    // Continues after the events that `chain` has consumed. REQUIRES: log, database and build outlive the projector,
    // and the build's rows are those after chain.position().
    Projector(const EventStore& log, ReadModelDatabase& database, const Build& build, ConsumedChain chain)
        : log_(log),
          database_(database),
          build_(build),
          started_(chain.position()),
          chain_(std::move(chain)),
          written_(chain_.position()),
          notes_(database, build),
          left_out_(skipped_events(log)) {}

    [[nodiscard]] Position position() const { return chain_.position(); }
    [[nodiscard]] std::uint64_t unwritten_events() const { return chain_.position().value - written_.value; }
    [[nodiscard]] const RowNotes& notes() const { return notes_; }
    [[nodiscard]] ProjectionCheckpoint checkpoint() const { return chain_.checkpoint(); }

    // REQUIRES: the next event of the log.
    void consume(const Recorded& event) {
        if (is_skip(event)) return leave_out_by(event);
        chain_.add(event);
        if (left_out_.contains(event.event_id)) return;
        if (auto key = P::key(event)) apply(std::move(*key), event);
    }

    // Makes everything consumed so far visible.
    void write() {
        if (unwritten_events() == 0) return;
        rocksdb::WriteBatch batch;
        for (auto* entry : dirty_) write_row(*entry, batch);
        notes_.put_into(batch);
        batch.Put(build_.state.get(), slice(read_model_keys::checkpoint), to_bytes(chain_.checkpoint()));
        database_.write(batch);
        dirty_.clear();
        if constexpr (row_per_event)
            cache_.clear();
        else
            cache_.turn_over();
        written_ = chain_.position();
    }

   private:
    static constexpr std::size_t cache_bytes_max = 4u << 20;
    static constexpr bool row_per_event = requires { requires P::row_per_event; };

    struct Slot {
        std::optional<Row> row;
        bool stored = false;             // there is a row on disk
        bool dirty = false;              // touched since the last write
        bool moved = false;              // also by an event that may change the row's entries
        std::vector<IndexEntry> before;  // while moved: the entries on disk
    };
    using Entry = typename RowCache<Slot>::Entry;

    void apply(std::string key, const Recorded& event) {
        if (notes_.is_parked(key)) {
            notes_.park(std::move(key), event, "it waits for an earlier event of the same key");
            return;
        }
        auto* entry = load(std::move(key));
        touch(*entry, moves<P>(event));
        auto& slot = entry->second;
        const bool is_read_again = event.position <= written_;
        auto before = is_read_again ? slot.row : std::nullopt;
        try {
            slot.row = P::project(std::move(slot.row), event);
        } catch (const std::exception& poison) {  // project is pure: it throws every time
            if (is_read_again)
                slot.row = std::move(before);
            else
                restore(*entry, event.position);
            notes_.park(entry->first, event, poison.what());
        }
    }

    void touch(Entry& entry, bool moves) {
        auto& slot = entry.second;
        if (!slot.dirty) {
            slot.dirty = true;
            dirty_.push_back(&entry);
        }
        if (slot.moved || !moves) return;
        // What came before since the last write has not changed the entries.
        slot.before = slot.row ? P::indexes(*slot.row) : std::vector<IndexEntry>{};
        slot.moved = true;
    }

    // An operator's decision. It is written by itself: what follows without the skipped event, and the decision.
    void leave_out_by(const Recorded& decision) {
        write();
        chain_.add(decision);
        if (const auto skip = skip_in(decision)) leave_out(*skip, decision);
        if (auto key = P::key(decision)) apply(std::move(*key), decision);
        write();
    }

    // REQUIRES: everything but the decision is written.
    void leave_out(const EventSkipped& skip, const Recorded& decision) {
        const bool was_left_out = !left_out_.insert(skip.event_id).second && skip.position > started_;
        const auto target = log_.read_log(Position{skip.position.value - 1}, 1);
        if (target.empty() || target.front().event_id != skip.event_id) return;
        const auto key = P::key(target.front());
        if (!key) return;
        notes_.skip(*key, skip, decision.stream);
        if (was_left_out) return;
        const auto freed = notes_.free(*key);
        if (!std::ranges::binary_search(freed, skip.position)) return build_again(*key, decision.position);
        for (const auto position : freed) {
            const auto waiting = log_.read_log(Position{position.value - 1}, 1);
            if (waiting.empty()) throw StorageError("the log has lost events that were read before");
            if (!left_out_.contains(waiting.front().event_id)) apply(*key, waiting.front());
        }
    }

    // Builds a row from its events before a position. REQUIRES: none of them is parked, and everything is written.
    void build_again(const std::string& key, Position before) {
        auto* const entry = load(std::string{key});
        if constexpr (row_per_event) read(*entry);
        touch(*entry, true);
        entry->second.row.reset();
        if constexpr (!row_per_event)
            read_merged(log_, P::streams(key), before, [&](const Recorded& event) {
                if (!left_out_.contains(event.event_id) && P::key(event) == key) apply(key, event);
            });
    }

    Entry* load(std::string&& key) {
        const auto [entry, known] = cache_.touch(std::move(key));
        if (!known && !row_per_event) read(*entry);
        return entry;
    }

    void read(Entry& entry) {
        auto& slot = entry.second;
        slot.stored = database_.get(*build_.rows, entry.first, found_);
        slot.row.reset();
        if (slot.stored) slot.row = read_row<P>(entry.first, view(found_));
        found_.Reset();
    }

    // Restores the row as it was before the event at `until`, from the disk and the events since the last write:
    // project had taken the row and may have left it half changed.
    void restore(Entry& entry, Position until) {
        read(entry);
        for (auto at = written_; next(at) < until;) {
            const auto events = log_.read_log(at, std::min<std::size_t>(4096, until.value - at.value - 1));
            if (events.empty()) throw StorageError("the log has lost events that were read before");
            for (const auto& event : events)
                if (!left_out_.contains(event.event_id) && P::key(event) == entry.first)
                    entry.second.row = P::project(std::move(entry.second.row), event);
            at = events.back().position;
        }
    }

    void write_row(Entry& entry, rocksdb::WriteBatch& batch) {
        auto& [key, slot] = entry;
        slot.dirty = false;
        if (slot.row) {
            const auto bytes = to_bytes(*slot.row);
            batch.Put(build_.rows.get(), key, bytes);
            cache_.weigh(key.size() + bytes.size());
            if (slot.moved) write_index(build_, key, std::move(slot.before), P::indexes(*slot.row), batch);
        } else if (slot.stored) {
            SILLOK_ASSERT(slot.moved);
            batch.Delete(build_.rows.get(), key);
            write_index(build_, key, std::move(slot.before), {}, batch);
        }
        slot.stored = slot.row.has_value();
        slot.moved = false;
        slot.before.clear();
    }

    // Constant after construction.
    const EventStore& log_;
    ReadModelDatabase& database_;
    const Build& build_;
    const Position started_;  // what comes after it was not applied if it was known to be skipped

    ConsumedChain chain_;
    Position written_;  // the rows on disk are those after this event
    RowCache<Slot> cache_{cache_bytes_max};
    std::vector<Entry*> dirty_;
    RowNotes notes_;
    std::unordered_set<Uuid> left_out_;  // events that are skipped anywhere in the log, also later
    rocksdb::PinnableSlice found_;
};

}  // namespace sillok
