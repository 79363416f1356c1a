#include "tools/byte_size.hpp"
#include "tools/commands/subcommand.hpp"

#include <doctest/doctest.h>

using namespace sillok;

TEST_CASE("a number of bytes may have a unit") {
    CHECK(parse_byte_size("500000") == 500'000);
    CHECK(parse_byte_size("0") == 0);
    CHECK(parse_byte_size("7B") == 7);
    CHECK(parse_byte_size("3kB") == 3'000);
    CHECK(parse_byte_size("512KiB") == 524'288);
    CHECK(parse_byte_size("20MiB") == 20'971'520);
    CHECK(parse_byte_size("2MB") == 2'000'000);
    CHECK(parse_byte_size("1GB") == 1'000'000'000);
    CHECK(parse_byte_size("8388608GiB") == std::uint64_t{1} << 53U);
    for (const char* text : {"", "MiB", "-1", "+1", "1.5MiB", "20 MiB", "20mib", "20MiBs", "8388609GiB",
                             "99999999999999999999", "9999999999999999GiB", "0x10"}) {
        CAPTURE(text);
        const auto size = parse_byte_size(text);
        REQUIRE_FALSE(size);
        CHECK(size.error().contains("such as 500000, 512KiB, 20MiB or 1GB"));
    }
}

TEST_CASE("a rate is at least a thousand bytes a second, and none is no limit") {
    CHECK(rate_of("--max-rate", "") == 0);
    CHECK(rate_of("--max-rate", "20MiB") == 20'971'520);
    CHECK_THROWS_WITH_AS(rate_of("--max-rate", "0"), "--max-rate: must be 1000 bytes a second or more", Misuse);
    CHECK_THROWS_AS(rate_of("--max-rate", "fast"), Misuse);
}
