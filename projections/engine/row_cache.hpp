// Rows in memory between an event that touches them and the next one: an order's events come close together.
// Two maps stand in for an exact order of age: what is used moves to the young one, and when that has become
// large enough it becomes the old one and the former old one goes.
//
// Lifetime: a slot's address stays until turn_over() or clear().
// Threads:  one at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sillok {

template <class Slot>
class RowCache {
   public:
    using Entry = std::pair<const std::string, Slot>;

    explicit RowCache(std::size_t bytes_max) : half_bytes_max_(bytes_max / 2) {}

    // The entry of a key, and whether it was there; a new one is made with an empty slot.
    std::pair<Entry*, bool> touch(std::string&& key) {
        if (const auto found = young_.find(key); found != young_.end()) return {&*found, true};
        if (auto node = old_.extract(key)) return {&*young_.insert(std::move(node)).position, true};
        return {&*young_.try_emplace(std::move(key)).first, false};
    }

    // Tells what a slot takes, once it is known.
    void weigh(std::size_t bytes) { young_bytes_ += bytes; }

    // REQUIRES: nobody holds an entry.
    void turn_over() {
        if (young_bytes_ < half_bytes_max_) return;
        old_ = std::move(young_);
        young_.clear();
        young_bytes_ = 0;
    }

    // REQUIRES: nobody holds an entry.
    void clear() {
        young_.clear();
        old_.clear();
        young_bytes_ = 0;
    }

   private:
    using Map = std::unordered_map<std::string, Slot>;
    std::size_t half_bytes_max_;
    std::size_t young_bytes_ = 0;
    Map young_;
    Map old_;
};

}  // namespace sillok
