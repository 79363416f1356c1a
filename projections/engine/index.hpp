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

// Numbers an index within its model. Stored.
using IndexNumber = std::uint8_t;

struct IndexEntry {
    IndexNumber index = 0;
    std::string partition;
    std::string sort;
    std::string note;  // kept beside the entry, so that a query can pass over rows without reading them
    friend auto operator<=>(const IndexEntry&, const IndexEntry&) = default;
};

// Sort keys for lists in the order of the log.
inline std::string oldest_first(Position position) {
    std::string bytes(8, '\0');
    put_big_endian(bytes.data(), position.value);
    return bytes;
}
inline std::string newest_first(Position position) { return oldest_first(Position{~position.value}); }

// What a query lists: one partition of one index, and of that only entries whose note is accepted.
// Each model offers its selections by name: OrderHistory::of_customer(id), DeliveryStatus::all() ...
struct Selection {
    IndexNumber index = 0;
    std::string partition;
    std::function<bool(std::string_view note)> accepts = {};  // empty: every entry
};

// One page of a selection: the first without a cursor, the next with the cursor that the page before gave.
struct PageRequest {
    std::string cursor = {};
    std::size_t limit = 50;  // at least 1
};

// A cursor stands between two entries, not at a number of entries: what is inserted or deleted before it
// neither repeats nor hides a row behind it.
template <class Row>
struct Page {
    std::vector<Row> rows;
    std::string next_cursor;  // empty: nothing follows
};

// The cursor was not made by this program for this selection.
struct CursorInvalid {};

}  // namespace sillok
