// The entries that several partitions of an index have in common: each partition is asked in turn for its first entry
// that is not before the last answer, until all agree. So the cost follows the shortest partitions, not the longest.
//
// Bounds:  a bounded number of questions in vain; then it gives up, and says how far it has come.
// Threads: one at a time.
#pragma once

#include "projections/engine/index_page.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

class CommonEntries {
   public:
    // REQUIRES: at least one partition.
    CommonEntries(const OpenIndex& open, IndexNumber index, const std::vector<std::string>& partitions);

    // The first entry in all partitions that is not before `from`, as the part of its key behind the partition. Nothing
    // if there is none, or if it has given up.
    std::optional<std::string> first_from(std::string_view from);
    // What was found last was wanted: the next search may ask as much again.
    void found_well() { vain_questions_ = 0; }
    // If it has given up: up to and with this, nothing is left to be found that was not found.
    [[nodiscard]] const std::optional<std::string>& given_up_at() const { return given_up_at_; }

   private:
    struct Partition {
        std::string prefix;
        std::unique_ptr<rocksdb::Iterator> entries;
    };

    // The partition's first entry that is not before `from`.
    static std::optional<std::string_view> ask(Partition& partition, std::string_view from);

    std::vector<Partition> partitions_;
    bool one_is_empty_ = false;
    std::size_t vain_questions_ = 0;
    std::optional<std::string> given_up_at_;
};

}  // namespace sillok
