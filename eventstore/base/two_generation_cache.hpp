// A bounded map of the entries used last. It has a young and an old generation: when the young one is full it becomes
// the old one, and the old one is forgotten, except entries that must be kept.
//
// Speed:   two hash maps need no list, so no allocation and no pointer per entry.
// Threads: one at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <utility>

namespace sillok {

template <class Key, class Value, class Hash, class Equal>
class TwoGenerationCache {
   public:
    explicit TwoGenerationCache(std::size_t entries_max) : half_(entries_max / 2 + 1) {}

    // Null when unknown. The pointer is valid until the next call.
    template <class K>
    Value* find(const K& key) {
        if (const auto young = young_.find(key); young != young_.end()) return &young->second;
        const auto old = old_.find(key);
        if (old == old_.end()) return nullptr;
        auto [moved, inserted] = young_.emplace(std::move(*old));
        old_.erase(old);
        return &moved->second;
    }

    // Inserts or replaces. When the young generation is full, entries of the old one are forgotten unless
    // `must_keep(value)` is true.
    template <class MustKeep>
    Value& put(Key key, Value value, MustKeep&& must_keep) {
        if (young_.size() >= half_) turn(must_keep);
        old_.erase(key);
        return young_.insert_or_assign(std::move(key), std::move(value)).first->second;
    }

   private:
    using Map = boost::unordered_flat_map<Key, Value, Hash, Equal>;

    template <class MustKeep>
    void turn(MustKeep& must_keep) {
        Map kept;
        for (auto& [key, value] : old_)
            if (must_keep(value)) kept.emplace(key, std::move(value));
        old_ = std::move(young_);
        young_ = std::move(kept);
    }

    std::size_t half_;
    Map young_;
    Map old_;
};

}  // namespace sillok
