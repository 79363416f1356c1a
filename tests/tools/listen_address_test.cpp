#include "tools/listen_address.hpp"
#include "tools/http_client.hpp"

#include <doctest/doctest.h>

namespace sillok {

TEST_CASE("an address to listen on is host and port") {
    const auto v4 = parse_listen_address("127.0.0.1:8080");
    REQUIRE(v4);
    CHECK(v4->address == "127.0.0.1");
    CHECK(v4->port == 8080);
    CHECK(v4->url(8080) == "http://127.0.0.1:8080");

    const auto v6 = parse_listen_address("[::1]:0");
    REQUIRE(v6);
    CHECK(v6->address == "::1");
    CHECK(v6->url(4711) == "http://[::1]:4711");

    CHECK(parse_listen_address("localhost:80")->address == "127.0.0.1");
}

TEST_CASE("only loopback addresses are loopback") {
    CHECK(parse_listen_address("127.0.0.1:1")->is_loopback());
    CHECK(parse_listen_address("127.9.9.9:1")->is_loopback());
    CHECK(parse_listen_address("[::1]:1")->is_loopback());
    CHECK_FALSE(parse_listen_address("0.0.0.0:1")->is_loopback());
    CHECK_FALSE(parse_listen_address("[::]:1")->is_loopback());
    CHECK_FALSE(parse_listen_address("192.168.1.1:1")->is_loopback());
}

TEST_CASE("anything else is no address to listen on") {
    for (const auto* text : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                             "example.org:80", "::1:8080", "[127.0.0.1]:80", "127.0.0.1:80 "})
        CHECK_FALSE(parse_listen_address(text));
    CHECK(parse_listen_address("127.0.0.1:99999").error() ==
          "the port of '127.0.0.1:99999' is too large: ports go up to 65535");
    CHECK(parse_listen_address("::1:0").error() == "an IPv6 address stands in brackets: [::1]:0");
}

TEST_CASE("a server is named by its URL") {
    const auto server = parse_server("http://127.0.0.1:8080");
    REQUIRE(server);
    CHECK(server->host == "127.0.0.1");
    CHECK(server->port == "8080");
    CHECK(parse_server("http://localhost/")->port == "80");
    CHECK(parse_server("http://[::1]:81")->host == "::1");
    CHECK(parse_server("http://[::1]")->host == "::1");
    for (const auto* text :
         {"", "127.0.0.1:8080", "https://a:1", "http://", "http://:80", "http://a:b", "http://a:1/v1"})
        CHECK_FALSE(parse_server(text));
}

}  // namespace sillok
