#include "tools/listen_address.hpp"

#include "eventstore/base/parse_number.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>

namespace sillok {

bool ListenAddress::is_loopback() const { return boost::asio::ip::make_address(address).is_loopback(); }

std::string ListenAddress::url(std::uint16_t port_taken) const {
    const bool v6 = address.find(':') != std::string::npos;
    return "http://" + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port_taken);
}

std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text) {
    const auto refused =
        std::unexpected("'" + std::string{text} + "' is no address to listen on: it takes the form 127.0.0.1:8080");
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refused;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);

    ListenAddress listen;
    const auto port = parse_number<std::uint16_t>(digits);
    const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (!port && is_number)
        return std::unexpected("the port of '" + std::string{text} + "' is too large: ports go up to 65535");
    if (!port) return refused;
    listen.port = *port;

    if (host == "localhost") host = "127.0.0.1";
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(std::string{host}, no_address);
    if (!no_address && address.is_v6() && !bracketed)
        return std::unexpected("an IPv6 address stands in brackets: [" + std::string{host} +
                               "]:" + std::string{digits});
    if (no_address || address.is_v6() != bracketed) return refused;
    listen.address = host;
    return listen;
}

std::expected<std::string, std::string> with_resolved_host(std::string text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0 || !parse_number<std::uint16_t>(text.substr(colon + 1))) return text;
    const auto host = text.substr(0, colon);
    const bool is_name =
        host.find_first_not_of("0123456789.") != std::string::npos && host.find_first_of(" :/[]@") == std::string::npos;
    if (!is_name) return text;
    boost::asio::io_context io;
    boost::asio::ip::tcp::resolver resolver{io};
    boost::system::error_code error;
    const auto found = resolver.resolve(host, "", boost::asio::ip::tcp::resolver::passive, error);
    if (error || found.empty())
        return std::unexpected("the host " + host + " of " + text + " does not resolve: " + error.message() +
                               "; give an address such as 127.0.0.1:8080");
    const auto v4 = std::ranges::find_if(found, [](const auto& one) { return one.endpoint().address().is_v4(); });
    const auto address = (v4 == found.end() ? found.begin() : v4)->endpoint().address();
    return (address.is_v6() ? '[' + address.to_string() + ']' : address.to_string()) + text.substr(colon);
}

}  // namespace sillok
