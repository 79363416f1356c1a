// Which ids are taken, how they are compared, and their streams' names.
#include "aggregates/customer.hpp"
#include "aggregates/email_address.hpp"
#include "aggregates/id_rules.hpp"
#include "aggregates/unicode_text.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace sillok {

namespace {

std::string of(char letter, std::size_t count) { return std::string(count, letter); }

// As operator+, without g++ 12's false warning about array bounds.
std::string joined(std::initializer_list<std::string_view> parts) {
    std::string whole;
    for (const auto part : parts) whole += part;
    return whole;
}

std::string stream_of(std::string_view id) {
    return stream_name<customer::Customer>(canonical(CustomerId{std::string{id}}));
}

bool is_taken(std::string_view id) { return !flaw_of_new(canonical(CustomerId{std::string{id}})); }

}  // namespace

TEST_CASE("every e-mail address of RFC 5321 and RFC 6531 without quotes is a customer's id") {
    for (const char* address :
         {"ann@example.com", "ann+shop@example.com", "o'brien@example.com", "a/b@example.com", "100%@example.com",
          "#1@example.com", "who?@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", "a.b.c@example.com", "a@localhost",
          "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "x@xn--bcher-kva.example", "홍길동@예제.한국",
          "jos\u00e9@m\u00fcller.de", "1@uengine.org", "a@b-c.d"}) {
        CAPTURE(address);
        CHECK(is_taken(address));
        CHECK(is_valid(canonical(CustomerId{address})));
    }
    CHECK(is_taken(joined({of('l', 64), "@example.com"})));
    CHECK(is_taken(joined({of('l', 64), "@", of('a', 63), ".", of('b', 63), ".", of('c', 61)})));  // 254 bytes
}

TEST_CASE("what is no e-mail address is no new customer's id, and the flaw says why") {
    for (const char* text : {"@example.com",
                             "ann@",
                             "a@b@c",
                             "ann@@example.com",
                             ".ann@example.com",
                             "ann.@example.com",
                             "a..b@example.com",
                             "a b@example.com",
                             "\"a b\"@example.com",
                             "\"a\"@example.com",
                             "a@-b.c",
                             "a@b-.c",
                             "a@b..c",
                             "a@.b",
                             "a@b_c",
                             "a@[1.2.3]",
                             "a@[300.1.1.1]",
                             "a@[::1]",
                             "a@[192.0.2.1",
                             "a,b@example.com",
                             "a:b@example.com",
                             "a(b)@example.com",
                             "a\x7f@example.com",
                             "\xff@example.com",
                             "a\u200b@example.com",
                             "a\u0085@example.com",
                             "a\u034fb@x.org",
                             "a\ufe0f@x.org",
                             "a\u115f@x.org",
                             "a\u3164@x.org",
                             "a\uffa0@x.org",
                             "a\U000e0100@x.org",
                             "a\ue000@x.org",
                             "a\U000f0000@x.org",
                             "a\ufdd0@x.org",
                             "a@\u3002.com",
                             "a@x\uff0e\uff0ecom",
                             "a@x\uff61\u3002com",
                             "a@\ufe52.com",
                             "<a@example.com>",
                             "100%",
                             ".",
                             "..",
                             "",
                             "a/b"}) {
        CAPTURE(text);
        CHECK_FALSE(is_taken(text));
    }
    CHECK(flaw_of_address(joined({of('l', 65), "@example.com"})) ==
          "must have at most 64 bytes before its '@', not 65");
    CHECK(flaw_of_address(joined({"a@", of('a', 63), ".", of('b', 63), ".", of('c', 63), ".", of('d', 62)})) ==
          "must have at most 254 bytes as an e-mail address, not 256");
    CHECK_FALSE(is_taken(joined({"a@", of('b', 64), ".com"})));
    CHECK(flaw_of_new(CustomerId{of('c', 65)}) == "must have at most 64 characters, not 65");
    CHECK_FALSE(is_taken(joined({"\u1100\u1161", of('x', 63)})));
}

TEST_CASE("ids that an older program took can still be asked for") {
    for (const char* id : {"@ann", "ann@", "a@b@c", ".", ".."}) {
        CHECK(is_valid(CustomerId{id}));
        CHECK_FALSE(flaw_of(CustomerId{id}));
    }
    for (const char* id : {".", "..", "%2e", "a%2fb", "%41"}) CHECK_FALSE(flaw_of(ProductId{id}));
}

TEST_CASE("e-mail addresses are compared without case and in one Unicode form, other ids byte for byte") {
    const auto form = [](const char* id) { return canonical(CustomerId{id}).value; };
    CHECK(form("Ann@Example.COM") == "ann@example.com");
    CHECK(form("JOSE\u0301@M\u00dcLLER.de") == "jos\u00e9@m\u00fcller.de");
    CHECK(form("\u1112\u1169\u11bc@example.com") == "\ud64d@example.com");  // Hangul, composed
    CHECK(form("Stra\u00dfe@example.com") == form("STRASSE@example.com"));
    CHECK(form("\u03a3\u03bf\u03c6\u03bf\u03c2@example.com") == form("\u03c3\u03bf\u03c6\u03bf\u03c3@example.com"));
    CHECK(form("Ann") == "Ann");
    for (const char* id : {"ann@example.com", "jos\u00e9@m\u00fcller.de", "stra\u00dfe@example.com"})
        CHECK(form(form(id).c_str()) == form(id));
}

TEST_CASE("every customer has a stream of an own name, and old customers keep theirs") {
    CHECK(stream_of("c-1") == "customer-c-1");
    CHECK(stream_of("1@uengine.org") == "customer-1@uengine.org");
    CHECK(stream_of("ann+shop@example.com") == "customer-ann%2Bshop@example.com");
    CHECK(stream_of("a%2Bb@example.com") == "customer-a%252bb@example.com");
    CHECK(stream_of("\ud64d@example.com") == "customer-%ED%99%8D@example.com");
    const auto host = joined({"@", of('a', 63), ".", of('b', 63), ".", of('c', 61)});
    const auto longest = stream_of(joined({of('l', 64), host}));
    CHECK(longest.starts_with("customer-%s"));
    CHECK(longest.size() == 75);
    CHECK(longest != stream_of(joined({of('m', 64), host})));
}

TEST_CASE("a new product's id has one form, and none that a path cannot carry") {
    for (const char* id : {"A%20B", "%E2%82%AC", "50%25", "a%2Fb", "..a", "..."})
        CHECK_FALSE(flaw_of_new(ProductId{id}));
    CHECK(flaw_of_new(ProductId{"a%2fb"}) == "must have upper-case digits in %2f");
    CHECK(flaw_of_new(ProductId{"%2e"}) == "must not hold %2e: write '.' for it");
    CHECK(flaw_of_new(ProductId{"%2E%2E"}) == "must not hold %2E: write '.' for it");
    CHECK(flaw_of_new(ProductId{"a%41"}) == "must not hold %41: write 'A' for it");
    for (const char* id : {".", ".."}) {
        CHECK(flaw_of_new(ProductId{id})->starts_with("must not be \".\" or \"..\""));
        CHECK(flaw_of_new(OrderId{id})->starts_with("must not be \".\" or \"..\""));
        CHECK(flaw_of_new(CustomerId{id})->starts_with("must not be \".\" or \"..\""));
    }
    CHECK(flaw_of_new(OrderId{of('o', 65)}) == "must have at most 64 characters, not 65");
}

TEST_CASE("a segment of a path is a product's id, with its escapes decoded or not") {
    const auto id = [](const char* segment) { return id_of_segment(ProductId{segment}).value; };
    CHECK(id("A%20B") == "A%20B");
    CHECK(id("A B") == "A%20B");
    CHECK(id("\u20ac") == "%E2%82%AC");
    CHECK(id("50%") == "50%25");
    CHECK(id("a/b") == "a%2Fb");
    CHECK(id("a%2fb") == "a%2fb");  // of an older log
}

TEST_CASE("an e-mail address has one tag in any case, and the tag of an older program where that had one") {
    using namespace customer;
    CHECK(email_tag("Ann@Example.com") == email_tag("ann@example.com"));
    CHECK(email_tag("ann@example.com") == older_email_tag("Ann@example.com"));
    CHECK(email_tag("\u00c4nn@example.com") == email_tag("\u00e4nn@example.com"));
    CHECK(email_tag("a\u0308nn@example.com") == email_tag("\u00e4nn@example.com"));
    CHECK(older_email_tag("\u00c4nn@example.com") != older_email_tag("\u00e4nn@example.com"));
    CHECK(email_tag("\xff@example.com") == older_email_tag("\xff@example.com"));
}

TEST_CASE("text without case: accents stay, widths and ligatures count only where asked") {
    CHECK(caseless("\u010cOKOL\u00c1DA") == "\u010dokol\u00e1da");
    CHECK(caseless("\uff21") == "\uff41");
    CHECK_FALSE(caseless("\xc3"));
    CHECK(compatibly_caseless("\uff34\uff36 \ufb01") == "tv fi");
    CHECK(compatibly_caseless("\xc3 A") == "\xc3 a");
}

}  // namespace sillok
