#include "tools/byte_size.hpp"

#include <doctest/doctest.h>

using namespace sillok;

TEST_CASE("a number of bytes is a number, alone or with a unit") {
    CHECK(parse_bytes("0") == 0);
    CHECK(parse_bytes("500000") == 500'000);
    CHECK(parse_bytes("12B") == 12);
    CHECK(parse_bytes("64KiB") == 65'536);
    CHECK(parse_bytes("256MiB") == 268'435'456);
    CHECK(parse_bytes("2 GiB") == 2'147'483'648);
    CHECK(parse_bytes("1048576TiB") == 1ull << 60);
    for (const char* text : {"", "MiB", "-1", "+1", "1.5GiB", "1MB", "1mib", "1  MiB", " 1MiB", "1MiBs", "1048577TiB",
                             "99999999999999999999"}) {
        CAPTURE(text);
        const auto bytes = parse_bytes(text);
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().contains("such as 500000, 64KiB, 256MiB or 2GiB"));
    }
}
