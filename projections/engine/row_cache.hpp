// Rows in memory from one event that touches them to the next: an order's events come close together. Two maps
// approximate an order of age: a used row moves to the young one; when that is large enough it becomes the old one, and
// the former old one is dropped.
//
// Unlike TwoGenerationCache it counts bytes, keeps the addresses of its slots, and drops rows only on turn_over().
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

    // Returns the entry of a key, and whether it was there; a new one has an empty slot.
    std::pair<Entry*, bool> touch(std::string&& key) {
        if (const auto found = young_.find(key); found != young_.end()) return {&*found, true};
        if (auto node = old_.extract(key)) return {&*young_.insert(std::move(node)).position, true};
        return {&*young_.try_emplace(std::move(key)).first, false};
    }

    // Adds the size of a slot, once it is known.
    void weigh(std::size_t bytes) { young_bytes_ += bytes; }

    // REQUIRES: no entry is in use.
    void turn_over() {
        if (young_bytes_ < half_bytes_max_) return;
        old_ = std::move(young_);
        young_.clear();
        young_bytes_ = 0;
    }

    // REQUIRES: no entry is in use.
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
