#include "projections/engine/row_notes.hpp"

#include "aggregates/codec/event_bytes.hpp"
#include "projections/engine/read_model_keys.hpp"

#include <utility>

namespace sillok {
namespace {

ParkedEvent note_of(std::string_view bytes) {
    ParkedEvent note;
    if (!from_bytes(bytes, note)) throw StorageError("a parked event's note is damaged");
    return note;
}

}  // namespace

std::vector<ParkedEvent> read_notes(const ReadModelDatabase& database, const Build& build, std::string_view prefix,
                                    std::string_view key, std::size_t limit) {
    std::vector<ParkedEvent> notes;
    const auto begin = read_model_keys::notes_of(prefix, key);
    const auto it = database.iterate(*build.state);
    for (it->Seek(slice(begin)); it->Valid() && notes.size() < limit && view(it->key()).starts_with(begin); it->Next())
        if (auto note = note_of(view(it->value())); note.key == key) notes.push_back(std::move(note));
    require(it->status(), "reading parked events");
    return notes;
}

std::unordered_set<std::string> read_noted_keys(const ReadModelDatabase& database, const Build& build,
                                                std::string_view prefix) {
    std::unordered_set<std::string> keys;
    const auto it = database.iterate(*build.state);
    for (it->Seek(slice(prefix)); it->Valid() && view(it->key()).starts_with(prefix); it->Next())
        keys.insert(note_of(view(it->value())).key);
    require(it->status(), "reading parked events");
    return keys;
}

RowNotes::RowNotes(const ReadModelDatabase& database, const Build& build)
    : database_(database),
      build_(build),
      parked_keys_(read_noted_keys(database, build, read_model_keys::parked_prefix)),
      skipped_keys_(read_noted_keys(database, build, read_model_keys::skipped_prefix)) {}

void RowNotes::park(std::string key, const Recorded& event, std::string reason) {
    parked_keys_.insert(key);
    parked_.push_back(
        {std::move(key), event.position, std::string{event.stream}, std::string{event.type}, std::move(reason)});
}

void RowNotes::skip(const std::string& key, const EventSkipped& skip, std::string_view stream) {
    skipped_keys_.insert(key);
    skipped_.push_back({key, skip.position, std::string{stream}, skip.type, skip.reason});
}

std::vector<Position> RowNotes::free(const std::string& key) {
    std::vector<Position> events;
    if (parked_keys_.erase(key) == 0) return events;
    for (const auto& note : read_notes(database_, build_, read_model_keys::parked_prefix, key)) {
        events.push_back(note.position);
        freed_.push_back(read_model_keys::parked(key, note.position));
    }
    return events;
}

// An event may be freed and parked again in one write.
void RowNotes::put_into(rocksdb::WriteBatch& batch) {
    auto* const state = build_.state.get();
    for (const auto& note : freed_) batch.Delete(state, note);
    for (const auto& event : skipped_)
        batch.Put(state, read_model_keys::skipped(event.key, event.position), to_bytes(event));
    for (const auto& event : parked_)
        batch.Put(state, read_model_keys::parked(event.key, event.position), to_bytes(event));
    freed_.clear();
    skipped_.clear();
    parked_.clear();
}

}  // namespace sillok
