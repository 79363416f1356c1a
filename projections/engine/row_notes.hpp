// The notes of one build about its rows: which events are parked, and which an operator has skipped.
//
// Memory:  the keys of the rows that have a note, and the notes that are not written yet.
// Threads: one at a time. The functions may be called by any thread, beside the worker that writes.
// Errors:  a disk that fails and a damaged note throw StorageError.
#pragma once

#include "aggregates/skipped_event.hpp"
#include "projections/engine/read_model.hpp"
#include "projections/engine/read_model_database.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sillok {

// The notes of one kind (read_model_keys.hpp) about a row, in order.
std::vector<ParkedEvent> read_notes(const ReadModelDatabase& database, const Build& build, std::string_view prefix,
                                    std::string_view key, std::size_t limit = std::numeric_limits<std::size_t>::max());

// The keys of the rows that have a note of one kind.
std::unordered_set<std::string> read_noted_keys(const ReadModelDatabase& database, const Build& build,
                                                std::string_view prefix);

class RowNotes {
   public:
    // REQUIRES: both outlive it.
    RowNotes(const ReadModelDatabase& database, const Build& build);

    [[nodiscard]] std::size_t parked_keys() const { return parked_keys_.size(); }
    [[nodiscard]] std::size_t skipped_keys() const { return skipped_keys_.size(); }
    [[nodiscard]] bool is_parked(const std::string& key) const {
        return !parked_keys_.empty() && parked_keys_.contains(key);
    }

    void park(std::string key, const Recorded& event, std::string reason);
    void skip(const std::string& key, const EventSkipped& skip, std::string_view stream);
    // The row's events are parked no longer. Returns their positions, in order. REQUIRES: every note is written.
    std::vector<Position> free(const std::string& key);

    // Adds what is not written yet.
    void put_into(rocksdb::WriteBatch& batch);

   private:
    const ReadModelDatabase& database_;
    const Build& build_;
    std::unordered_set<std::string> parked_keys_;
    std::unordered_set<std::string> skipped_keys_;
    // Not written yet.
    std::vector<ParkedEvent> parked_;
    std::vector<SkippedEvent> skipped_;
    std::vector<std::string> freed_;  // keys of notes
};

}  // namespace sillok
