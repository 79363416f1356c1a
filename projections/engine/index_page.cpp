#include "projections/engine/index_page.hpp"

#include "eventstore/storage/rocks_helpers.hpp"
#include "projections/engine/common_entries.hpp"
#include "projections/engine/read_model_keys.hpp"

#include <utility>

namespace sillok {

namespace {

constexpr std::size_t page_entries_max = 10'000;

std::string row_key_in(std::string_view entry) {
    const auto row_key = read_model_keys::row_key_of(entry);
    if (!row_key) throw StorageError("an index entry is damaged; rebuild the read model");
    return std::string{*row_key};
}

PageKeys scan(rocksdb::Iterator& index, const Selection& selection, std::string_view prefix, std::string_view start,
              std::size_t limit) {
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
        page.rows.push_back(row_key_in(last_entry));
        page.entries.push_back(last_entry);
    }
    require(index.status(), "reading an index");
    return page;
}

// Whether the selection's own index lists the entry, and accepts it.
bool is_selected(rocksdb::Iterator& index, const Selection& selection, std::string_view entry) {
    index.Seek(slice(entry));
    require(index.status(), "reading an index");
    return index.Valid() && view(index.key()) == entry &&
           (!selection.accepts || selection.accepts(view(index.value())));
}

PageKeys scan_narrowed(const OpenIndex& open, const Selection& selection, std::string_view prefix,
                       std::string_view start, std::size_t limit) {
    PageKeys page;
    CommonEntries common{open, selection.narrowing, selection.narrowed_to};
    const auto index = open();
    std::string last_entry;
    std::string from{start.substr(prefix.size())};
    if (!from.empty()) from += '\0';  // behind it
    while (const auto found = common.first_from(from)) {
        const auto entry = std::string{prefix} + *found;
        if (is_selected(*index, selection, entry)) {
            if (page.rows.size() == limit) {
                page.last_entry = std::move(last_entry);
                return page;
            }
            page.rows.push_back(row_key_in(entry));
            page.entries.push_back(entry);
            common.found_well();
            last_entry = entry;
        }
        from = *found + '\0';
    }
    if (const auto& passed = common.given_up_at()) page.last_entry = std::string{prefix} + *passed;
    return page;
}

}  // namespace

PageKeys read_index_page(const OpenIndex& open, const Selection& selection, std::string_view start, std::size_t limit) {
    const auto prefix = read_model_keys::index_prefix(selection.index, selection.partition);
    if (!selection.narrowed_to.empty()) return scan_narrowed(open, selection, prefix, start, limit);
    return scan(*open(), selection, prefix, start, limit);
}

}  // namespace sillok
