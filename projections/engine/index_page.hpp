// One page of an index: which rows it lists, and where the next page begins.
//
// Bounds: a page looks at a bounded number of entries, accepted or not, so that a query ends within milliseconds. It
//         may then have fewer rows than its limit, and goes on after the last entry looked at.
#pragma once

#include "projections/engine/index.hpp"

#include <rocksdb/iterator.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct PageKeys {
    std::vector<std::string> rows;          // in the order of their entries
    std::vector<std::string> entries;       // of each row
    std::optional<std::string> last_entry;  // where the page ended, if something follows
};

// Makes an iterator over one and the same state of the index.
using OpenIndex = std::function<std::unique_ptr<rocksdb::Iterator>()>;

// `start` is the partition's prefix, or the entry with which the previous page ended. Throws StorageError when an entry
// is damaged.
PageKeys read_index_page(const OpenIndex& open, const Selection& selection, std::string_view start, std::size_t limit);

}  // namespace sillok
