#include "eventstore/base/base64.hpp"

#include <doctest/doctest.h>

#include <string>

namespace sillok {

TEST_CASE("bytes become the text that RFC 4648 gives for them, and bytes again") {
    const std::pair<std::string_view, std::string_view> known[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : known) {
        CHECK(to_base64(bytes) == text);
        CHECK(from_base64(text) == bytes);
    }
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(from_base64(to_base64(all)) == all);
}

TEST_CASE("a text that bytes are never written as is none") {
    for (const auto* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_", "=Zg="})
        CHECK_FALSE(from_base64(text));
}

TEST_CASE("text for a URL has its own alphabet and no padding") {
    const std::pair<std::string_view, std::string_view> known[] = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xfb\xff\xbf", "-_-_"}};
    for (const auto& [bytes, text] : known) {
        CHECK(to_base64url(bytes) == text);
        CHECK(from_base64url(text) == bytes);
    }
    for (const auto* text : {"Z", "Zg==", "Zh", "Zm9", "Zm9vY", "+/+/", "Zm 9", "Zm9v\n"})
        CHECK_FALSE(from_base64url(text));
}

}  // namespace sillok
