#include "sagas/payments/provider_reason.hpp"

#include <doctest/doctest.h>

#include <string>

namespace sillok {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

TEST_CASE("a reason in any language stays as it is") {
    for (const auto* text : {"", "card expired", "카드 한도 초과", "ověřte prosím 💳", "\xef\xbf\xbd"})
        CHECK(provider_reason(text) == text);
}

TEST_CASE("a long reason is cut at the end of a character") {
    CHECK(provider_reason(std::string(1'024, 'x')).size() == 1'024);
    CHECK(provider_reason(std::string(59'000, 'x')).size() == 1'024);
    CHECK(provider_reason(repeated("한", 400)) == repeated("한", 341));
    CHECK(provider_reason(repeated("💳", 257)) == repeated("💳", 256));
    CHECK(provider_reason("x" + repeated("💳", 257)) == "x" + repeated("💳", 255));
}

TEST_CASE("what would disturb a log or a page becomes a space") {
    CHECK(provider_reason("a\r\nb\tc\x7f"
                          "d") == "a  b c d");
    CHECK(provider_reason(std::string_view{"a\0b", 3}) == "a b");
    CHECK(provider_reason("\x1b[31mred\xc2\x9b") == " [31mred ");
    CHECK(provider_reason("a\u2028b\u2029c\u202ed\u2066e") == "a b c d e");
}

TEST_CASE("bytes that are not UTF-8 become replacement characters") {
    CHECK(provider_reason("a\xff"
                          "b") ==
          "a\xef\xbf\xbd"
          "b");
    CHECK(provider_reason("\xed\x95") == "\xef\xbf\xbd\xef\xbf\xbd");          // cut off
    CHECK(provider_reason("\xc0\xaf") == "\xef\xbf\xbd\xef\xbf\xbd");          // too long a form
    CHECK(provider_reason("\xed\xa0\x80").find('\xed') == std::string::npos);  // half of a pair
    CHECK(provider_reason(std::string(1'000, '\xff')).size() <= reason_bytes_max);
}

}  // namespace
}  // namespace sillok
