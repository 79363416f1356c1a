// An event before it is in the log (NewEvent) and after (Recorded). The store knows bytes, not business.
#pragma once

#include "eventstore/base/clock.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"
#include "eventstore/tags.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

using Hash = std::array<std::uint8_t, 32>;  // SHA-256
std::string hex(std::string_view bytes);    // lower case
std::string hex(const Hash& hash);

// Which command an event comes from, and whose.
struct Metadata {
    Timestamp time{};       // when the command was accepted, by the clock of whoever sent the commit
    Uuid command_id{};      // nil: not from a command
    Uuid correlation_id{};  // the same for everything that one request set off
    Uuid causation_id{};    // the event or command that led to this one; nil: none
    std::string actor{};    // who asked for it: a subject, or "saga:fulfilment"; up to 255 bytes

    friend bool operator==(const Metadata&, const Metadata&) = default;
};

struct NewEvent {
    std::string type;  // "stock.reserved"; 1-255 bytes of [A-Za-z0-9._-]
    std::uint16_t schema_version = 1;
    std::string payload;
    std::vector<std::string> tags{};  // up to 16, each 1-255 bytes of [A-Za-z0-9._~@%:-]
    // Chosen by the caller, so that the same event is never recorded twice; nil: the log gives it one.
    Uuid event_id{};
};

// A view of one durable event.
// REQUIRES: the EventBatch it came from outlives every view into it.
struct Recorded {
    Position position;
    Version version;  // within its stream
    std::string_view stream;
    Uuid event_id;
    std::string_view type;
    std::uint16_t schema_version = 1;
    Timestamp time;
    Uuid command_id;
    Uuid correlation_id;
    Uuid causation_id;
    std::string_view actor;
    Tags tags;
    std::string_view payload;
    std::uint16_t commit_rest = 0;  // so many events of the same commit follow
    bool id_was_chosen = false;     // event_id came with the event (NewEvent::event_id)
    Hash chain_hash;                // SHA-256 over the previous event's chain hash and this record's bytes
};

// Events in order, with the memory that they stand in. Cheap to copy; copies share the memory.
class EventBatch {
   public:
    EventBatch() = default;
    EventBatch(std::shared_ptr<const void> owner, std::span<const Recorded> events)
        : owner_(std::move(owner)), events_(events) {}

    [[nodiscard]] bool empty() const { return events_.empty(); }
    [[nodiscard]] std::size_t size() const { return events_.size(); }
    [[nodiscard]] auto begin() const { return events_.begin(); }
    [[nodiscard]] auto end() const { return events_.end(); }
    [[nodiscard]] const Recorded& front() const { return events_.front(); }
    [[nodiscard]] const Recorded& back() const { return events_.back(); }
    [[nodiscard]] const Recorded& operator[](std::size_t index) const { return events_[index]; }
    // The same memory, fewer events.
    [[nodiscard]] EventBatch part(std::size_t from, std::size_t count) const {
        return {owner_, events_.subspan(from, count)};
    }

   private:
    std::shared_ptr<const void> owner_;
    std::span<const Recorded> events_;
};

// The part of a stream's name before its first '-': "order-17" is of category "order".
constexpr std::string_view category_of(std::string_view stream) { return stream.substr(0, stream.find('-')); }
// The part after it: "17". For "saga-fulfilment-17" that is "fulfilment-17".
constexpr std::string_view id_of(std::string_view stream) {
    const auto hyphen = stream.find('-');
    return hyphen == std::string_view::npos ? std::string_view{} : stream.substr(hyphen + 1);
}

}  // namespace sillok
