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

}  // namespace sillok
