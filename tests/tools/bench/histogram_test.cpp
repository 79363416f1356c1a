#include "tools/bench/histogram.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace sillok {

using std::chrono::microseconds;

TEST_CASE("an empty histogram has no percentiles") {
    const Histogram none;
    CHECK(none.percentile_us(0.5) == 0);
    CHECK(none.max_us() == 0);
}

TEST_CASE("percentiles are right to within a sixty-fourth") {
    Histogram histogram;
    for (int i = 1; i <= 10'000; ++i) histogram.record(microseconds{i});
    CHECK(histogram.count() == 10'000);
    CHECK(histogram.percentile_us(0.50) == doctest::Approx(5'000).epsilon(1.0 / 64));
    CHECK(histogram.percentile_us(0.99) == doctest::Approx(9'900).epsilon(1.0 / 64));
    CHECK(histogram.percentile_us(0.999) == doctest::Approx(9'990).epsilon(1.0 / 64));
    CHECK(histogram.max_us() == 10'000);
    CHECK(histogram.percentile_us(1) == 10'000);
}

TEST_CASE("a percentile is never beyond the largest value") {
    Histogram histogram;
    histogram.record(std::chrono::seconds{3});
    CHECK(histogram.percentile_us(0.5) == 3e6);
    CHECK(histogram.percentile_us(0.999) == 3e6);
}

TEST_CASE("what several have recorded adds up") {
    Histogram left, right;
    for (int i = 0; i < 90; ++i) left.record(microseconds{10});
    for (int i = 0; i < 10; ++i) right.record(microseconds{1'000});
    left.merge(right);
    CHECK(left.count() == 100);
    CHECK(left.percentile_us(0.90) == doctest::Approx(10).epsilon(1.0 / 64));
    CHECK(left.percentile_us(0.95) == doctest::Approx(1'000).epsilon(1.0 / 64));
    CHECK(left.max_us() == 1'000);
}

TEST_CASE("any duration has a bucket") {
    Histogram histogram;
    histogram.record(std::chrono::nanoseconds{-5});  // a clock that was set back
    histogram.record(std::chrono::nanoseconds{0});
    histogram.record(std::chrono::nanoseconds::max());
    CHECK(histogram.count() == 3);
    CHECK(histogram.percentile_us(0.1) == 0);
}

}  // namespace sillok
