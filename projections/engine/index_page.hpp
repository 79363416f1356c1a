// One page of an index: which rows it lists, and where the next page begins.
#pragma once

#include "projections/engine/index.hpp"

#include <rocksdb/iterator.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct PageKeys {
    std::vector<std::string> rows;          // in the order of their entries
    std::optional<std::string> last_entry;  // where the page ended, if something follows
};

// `start` is the partition's prefix, or the entry with which the previous page ended. A page looks through at most
// 100,000 entries, accepted or not. Throws StorageError when an entry is damaged.
PageKeys read_index_page(rocksdb::Iterator& index, const Selection& selection, std::string_view start,
                         std::size_t limit);

}  // namespace sillok
