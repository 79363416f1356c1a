// A listen address: "127.0.0.1:8080", "[::1]:8080", "localhost:0".
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sillok {

struct ListenAddress {
    std::string address;  // of IPv4 or IPv6, without brackets
    std::uint16_t port = 0;

    [[nodiscard]] bool is_loopback() const;
    // "http://127.0.0.1:8080", with the port that was really taken.
    [[nodiscard]] std::string url(std::uint16_t port_taken) const;
};

// The error is one sentence.
std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);

// Where the host is a name: the text with its address instead, of IPv4 if it has one. Any other text as it is. The
// error says that the name does not resolve.
std::expected<std::string, std::string> with_resolved_host(std::string text);

}  // namespace sillok
