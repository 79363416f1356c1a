// A histogram of durations in constant memory. A bucket is at most 1/64 of its value wide, so percentiles are exact to
// 1.6 %. The largest value is exact.
//
// Threads: one at a time; merge() combines the histograms of several threads.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace sillok {

class Histogram {
   public:
    void record(std::chrono::nanoseconds duration) {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
        ++counts_[bucket_of(value)];
        ++count_;
        max_ = std::max(max_, value);
    }

    void merge(const Histogram& other) {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
        count_ += other.count_;
        max_ = std::max(max_, other.max_);
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double max_us() const { return static_cast<double>(max_) / 1e3; }

    // Returns the percentile for `share` (0.99: p99), rounded up to its bucket; 0 without values.
    // REQUIRES: 0 < share <= 1.
    [[nodiscard]] double percentile_us(double share) const {
        const auto wanted =
            std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(share * static_cast<double>(count_))));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (counts_[i] != 0 && seen >= wanted) return static_cast<double>(std::min(end_of(i), max_)) / 1e3;
        }
        return 0;
    }

   private:
    static constexpr unsigned fine_bits = 6;  // 64 buckets for each power of two
    static constexpr std::size_t fine = std::size_t{1} << fine_bits;

    static std::size_t bucket_of(std::uint64_t value) {
        if (value < fine) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - fine_bits;
        return (shift + 1) * fine + ((value >> shift) - fine);
    }
    // The largest value of a bucket.
    static std::uint64_t end_of(std::size_t bucket) {
        if (bucket < fine) return bucket;
        const auto shift = bucket / fine - 1;
        return ((fine + bucket % fine + 1) << shift) - 1;
    }

    std::array<std::uint64_t, (64 - fine_bits + 1) * fine> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace sillok
