#include "eventstore/base/parse_number.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace sillok {

TEST_CASE("a text that is one number, and nothing else, is that number") {
    CHECK(parse_number<int>("17") == 17);
    CHECK(parse_number<int>("-17") == -17);
    CHECK(parse_number<std::uint8_t>("255") == 255);
    CHECK(parse_number<std::uint8_t>("fF", 16) == 255);
    CHECK(parse_number<double>("0.25") == 0.25);
}

TEST_CASE("anything around the number, a sign too many or a number too large is refused") {
    for (const auto* text : {"", " 1", "1 ", "+1", "1x", "1.0", "0x1", "--1"}) CHECK_FALSE(parse_number<int>(text));
    CHECK_FALSE(parse_number<unsigned>("-1"));
    CHECK_FALSE(parse_number<std::uint8_t>("256"));
    CHECK_FALSE(parse_number<double>("0.25s"));
}

}  // namespace sillok
