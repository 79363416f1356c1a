// How two builds of a read model differ: a rebuilt one and the one in use, at the same position.
#pragma once

#include "projections/engine/projector.hpp"
#include "projections/engine/row_comparison.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sillok {

class Differences {
   public:
    Differences(RebuildReport& report, std::size_t listed_max) : report_(report), listed_max_(listed_max) {}
    void add(std::string_view key, const std::function<std::string()>& what) {
        if (report_.differences++ < listed_max_) report_.first_differences.push_back({printable(key), what()});
    }

   private:
    RebuildReport& report_;
    std::size_t listed_max_;
};

// Two sorted column families side by side: calls `only_left`, `only_right` or `both` for every key. Throws StorageError
// where one cannot be read, before the rest of the other counts as missing in it.
inline void merge(rocksdb::Iterator& left, rocksdb::Iterator& right, const std::function<void()>& only_left,
                  const std::function<void()>& only_right, const std::function<void()>& both) {
    const auto is_at_entry = [](const rocksdb::Iterator& it) {
        if (!it.Valid()) require(it.status(), "comparing");
        return it.Valid();
    };
    left.SeekToFirst();
    right.SeekToFirst();
    for (;;) {
        const bool has_left = is_at_entry(left);
        const bool has_right = is_at_entry(right);
        if (!has_left && !has_right) return;
        const int order = !has_left ? 1 : !has_right ? -1 : left.key().compare(right.key());
        if (order < 0)
            only_left();
        else if (order > 0)
            only_right();
        else
            both();
        if (order <= 0) left.Next();
        if (order >= 0) right.Next();
    }
}

template <Projection P>
void compare_rows(const ReadModelDatabase& database, const Build& before, const Build& after,
                  Differences& differences) {
    const auto old_rows = database.iterate(*before.rows);
    const auto new_rows = database.iterate(*after.rows);
    merge(
        *old_rows, *new_rows, [&] { differences.add(view(old_rows->key()), [] { return "not in the rebuilt one"; }); },
        [&] { differences.add(view(new_rows->key()), [] { return "missing"; }); },
        [&] {
            if (old_rows->value() == new_rows->value()) return;
            differences.add(view(old_rows->key()), [&]() -> std::string {
                typename P::Row old_row;
                if (!from_bytes(view(old_rows->value()), old_row)) return "cannot be read";
                return difference(old_row, read_row<P>(view(new_rows->key()), view(new_rows->value())));
            });
        });
}

inline void compare_indexes(const ReadModelDatabase& database, const Build& before, const Build& after,
                            Differences& differences) {
    const auto old_index = database.iterate(*before.index);
    const auto new_index = database.iterate(*after.index);
    const auto row_of = [](const rocksdb::Iterator& it) {
        return std::string{read_model_keys::row_key_of(view(it.key())).value_or("?")};
    };
    merge(
        *old_index, *new_index,
        [&] { differences.add(row_of(*old_index), [] { return "listed where it does not belong"; }); },
        [&] { differences.add(row_of(*new_index), [] { return "not listed where it belongs"; }); },
        [&] {
            if (old_index->value() == new_index->value()) return;
            differences.add(row_of(*old_index), [] { return "listed with another note"; });
        });
}

}  // namespace sillok
