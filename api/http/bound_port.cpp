#include "api/http/bound_port.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace sillok::api {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string text_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(endpoint.port());
}

// Throws unless there was no error.
void require(const boost::system::error_code& error, const tcp::endpoint& endpoint) {
    if (!error) return;
    if (error == asio::error::address_in_use)
        throw std::runtime_error(text_of(endpoint) +
                                 " is in use: stop the program that listens there, or choose another port (0: any)");
    const bool is_reserved = error == asio::error::access_denied;
    throw std::runtime_error("cannot listen on " + text_of(endpoint) + ": " + error.message() +
                             (is_reserved ? "; choose a port above 1023" : "; choose an address of this machine"));
}

}  // namespace

BoundPort::BoundPort(const std::string& address, std::uint16_t port) {
    asio::io_context none;
    tcp::acceptor acceptor{none};
    const tcp::endpoint endpoint{asio::ip::make_address(address), port};
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    require(error, endpoint);
    socket_ = acceptor.release(error);
    require(error, endpoint);
}

BoundPort::BoundPort(BoundPort&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

BoundPort::~BoundPort() {
    if (socket_ >= 0) ::close(socket_);
}

int BoundPort::release() { return std::exchange(socket_, -1); }

}  // namespace sillok::api
