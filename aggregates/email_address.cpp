#include "aggregates/email_address.hpp"

#include "aggregates/unicode_text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace sillok {

namespace {

constexpr std::size_t label_bytes_max = 63;

constexpr bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
constexpr bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// RFC 5322, atext, with the UTF8-non-ascii of RFC 6532.
constexpr bool is_atext(char c) {
    return is_letter_or_digit(c) || is_beyond_ascii(c) || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.contains(c);
}

// Whether the text is one part or more, with a dot between two, and all parts are accepted.
template <class Accept>
bool dotted(std::string_view text, Accept accept) {
    while (true) {
        const auto dot = text.find('.');
        if (const auto part = text.substr(0, dot); part.empty() || !accept(part)) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_label(std::string_view label) {
    const bool is_short = label.size() <= label_bytes_max || !is_ascii(label);  // DNS counts the ASCII form
    return is_short && !label.starts_with('-') && !label.ends_with('-') &&
           std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || is_beyond_ascii(c) || c == '-'; });
}

// A resolver takes the dots of other scripts for dots (UTS 46), and wide letters for narrow ones.
bool is_domain(std::string_view utf8) {
    auto domain = compatibly_caseless(utf8);
    constexpr std::string_view ideographic_dot = "\u3002";
    for (auto at = domain.find(ideographic_dot); at != std::string::npos; at = domain.find(ideographic_dot, at))
        domain.replace(at, ideographic_dot.size(), ".");
    return dotted(domain, is_label);
}

// "[192.0.2.1]" or "[IPv6:2001:db8::1]".
bool is_literal(std::string_view domain) {
    if (domain.size() < 2 || !domain.ends_with(']')) return false;
    std::string address{domain.substr(1, domain.size() - 2)};
    constexpr std::string_view v6_mark = "ipv6:";
    const bool is_v6 = ascii_lower(address).starts_with(v6_mark);
    if (is_v6) address.erase(0, v6_mark.size());
    unsigned char bytes[16];
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), bytes) == 1;
}

}  // namespace

std::optional<std::string> flaw_of_address(std::string_view utf8) {
    const auto at = utf8.rfind('@');
    if (at == std::string_view::npos) return "must have an '@'";
    const auto local = utf8.substr(0, at);
    const auto domain = utf8.substr(at + 1);
    if (local.starts_with('"')) return "must not have a part in quotes before its '@'";
    if (local.size() > local_part_bytes_max)
        return "must have at most " + std::to_string(local_part_bytes_max) + " bytes before its '@', not " +
               std::to_string(local.size());
    if (utf8.size() > email_bytes_max)
        return "must have at most " + std::to_string(email_bytes_max) + " bytes as an e-mail address, not " +
               std::to_string(utf8.size());
    if (!is_graphic(utf8)) return "must be UTF-8 without blanks, controls or invisible characters";
    if (!dotted(local, [](std::string_view part) { return std::ranges::all_of(part, is_atext); }))
        return "must have letters, digits, !#$%&'*+-/=?^_`{|}~ and single dots between them before its one '@'";
    if (domain.starts_with('[') ? !is_literal(domain) : !is_domain(domain)) return "must have a domain after its '@'";
    return std::nullopt;
}

}  // namespace sillok
