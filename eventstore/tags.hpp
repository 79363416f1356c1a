// An event's tags: short labels such as "email:6f1c...". They find events in many streams, and a commit can set a
// condition on them (commit.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace sillok {

// A view of one recorded event's tags, in ascending order.
//
// Bytes: for each tag one byte of length, then the tag (record.hpp). Bytes that this process did not write must be
//        checked with well_formed() first.
class Tags {
   public:
    class Iterator {
       public:
        using difference_type = std::ptrdiff_t;
        using value_type = std::string_view;
        Iterator() = default;
        explicit Iterator(const char* at) : at_(at) {}
        std::string_view operator*() const { return {at_ + 1, static_cast<std::uint8_t>(*at_)}; }
        Iterator& operator++() {
            at_ += 1 + static_cast<std::uint8_t>(*at_);
            return *this;
        }
        Iterator operator++(int) {
            const auto before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(Iterator, Iterator) = default;

       private:
        const char* at_ = nullptr;
    };

    Tags() = default;
    explicit Tags(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] Iterator begin() const { return Iterator{bytes_.begin()}; }
    [[nodiscard]] Iterator end() const { return Iterator{bytes_.end()}; }
    [[nodiscard]] bool contains(std::string_view tag) const {
        for (const auto one : *this)
            if (one == tag) return true;
        return false;
    }

    // Whether the lengths fit, no tag is empty, and each tag is greater than the one before.
    static bool well_formed(std::string_view bytes) {
        std::string_view before;
        while (!bytes.empty()) {
            const std::size_t length = static_cast<std::uint8_t>(bytes.front());
            if (length == 0 || length >= bytes.size()) return false;
            const auto tag = bytes.substr(1, length);
            if (tag <= before) return false;
            before = tag;
            bytes.remove_prefix(1 + length);
        }
        return true;
    }

   private:
    std::string_view bytes_;
};

}  // namespace sillok
