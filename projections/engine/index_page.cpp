#include "projections/engine/index_page.hpp"

#include "eventstore/storage/rocks_helpers.hpp"
#include "projections/engine/read_model_keys.hpp"

#include <utility>

namespace sillok {

namespace {

constexpr std::size_t page_entries_max = 100'000;

}  // namespace

PageKeys read_index_page(rocksdb::Iterator& index, const Selection& selection, std::string_view start,
                         std::size_t limit) {
    const auto prefix = read_model_keys::index_prefix(selection.index, selection.partition);
    PageKeys page;
    std::string last_entry;
    std::size_t looked_at = 0;
    index.Seek(slice(start));
    if (start != prefix && index.Valid() && view(index.key()) == start) index.Next();
    for (; index.Valid() && view(index.key()).starts_with(prefix); index.Next()) {
        if (page.rows.size() == limit || looked_at == page_entries_max) {
            page.last_entry = std::move(last_entry);
            break;
        }
        ++looked_at;
        last_entry = view(index.key());
        if (selection.accepts && !selection.accepts(view(index.value()))) continue;
        const auto row_key = read_model_keys::row_key_of(last_entry);
        if (!row_key) throw StorageError("an index entry is damaged; rebuild the read model");
        page.rows.emplace_back(*row_key);
    }
    require(index.status(), "reading an index");
    return page;
}

}  // namespace sillok
