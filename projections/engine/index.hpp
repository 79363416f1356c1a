// How the rows of a read model are listed: index entries on one side, what a query selects on the other.
// An index is split into partitions (a customer, a state); within one, entries are sorted by bytes, then by
// the row's key.
#pragma once

#include "eventstore/base/byte_order.hpp"
#include "eventstore/position.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

// Numbers an index within its read model. Stored.
using IndexNumber = std::uint8_t;

struct IndexEntry {
    IndexNumber index = 0;
    std::string partition;
    std::string sort;
    std::string note;  // stored with the entry, so that a query can skip rows without reading them
    friend auto operator<=>(const IndexEntry&, const IndexEntry&) = default;
};

// Sort keys for lists in the order of the log.
inline std::string oldest_first(Position position) {
    std::string bytes(8, '\0');
    put_big_endian(bytes.data(), position.value);
    return bytes;
}
inline std::string newest_first(Position position) { return oldest_first(Position{~position.value}); }

// The partition, or the note, of a state: "a" for the first one of its enumeration, "b" for the second. Stored.
template <class State>
std::string letter_of(State state) {
    return std::string(1, static_cast<char>('a' + static_cast<int>(state)));
}

// The rows that a query lists: one partition of one index, and of that only entries whose note is accepted.
// Each projection names its selections: OrderHistory::of_customer(id), DeliveryStatus::all() ...
struct Selection {
    IndexNumber index = 0;
    std::string partition;
    std::function<bool(std::string_view note)> accepts = {};  // empty: every entry
    // If there are any: only rows that stand, with the same sort key, in each of these partitions of another index.
    IndexNumber narrowing = 0;
    std::vector<std::string> narrowed_to = {};
};

// One page of a selection: the first without a cursor, the next with the cursor of the page before.
struct PageRequest {
    std::string cursor = {};
    std::size_t limit = 50;            // at least 1
    std::size_t bytes_max = 1u << 20;  // of the rows as they are stored; the first row is always read
};

// A cursor stands between two entries; it does not count entries. So rows inserted or deleted before it neither repeat
// nor hide a row behind it.
template <class Row>
struct Page {
    std::vector<Row> rows;
    std::vector<std::string> cursors;  // behind each row
    std::string next_cursor;           // empty: nothing follows
};

// The cursor was not made by this program for this selection.
struct CursorInvalid {};

}  // namespace sillok
