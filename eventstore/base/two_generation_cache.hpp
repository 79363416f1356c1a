// A bounded map that forgets the least recently used half at a time, and never what must be kept.
// Two hash maps instead of a list per entry: no allocation beyond the map's own, no pointer to chase.
//
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

    // Null when unknown. The pointer holds until the next call.
    template <class K>
    Value* find(const K& key) {
        if (const auto young = young_.find(key); young != young_.end()) return &young->second;
        const auto old = old_.find(key);
        if (old == old_.end()) return nullptr;
        auto [moved, inserted] = young_.emplace(std::move(*old));
        old_.erase(old);
        return &moved->second;
    }

    // Inserts or replaces. When the young half is full, the old one is forgotten but for entries that
    // `must_keep(value)` names.
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
