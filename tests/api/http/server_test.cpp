#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace sillok;
using namespace sillok::test;
using namespace std::chrono_literals;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("pipelined requests get their responses in order") {
    RunningServer sillok;
    const std::string one = "GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: ";
    const auto responses =
        exchange_bytes(sillok.port(), one + "1\r\n\r\n" + one + "2\r\n\r\n" + one + "3\r\nConnection: close\r\n\r\n");
    CHECK(count(responses, "HTTP/1.1 200 OK") == 3);
    CHECK(responses.find("X-Request-Id: 1") < responses.find("X-Request-Id: 2"));
    CHECK(responses.find("X-Request-Id: 2") < responses.find("X-Request-Id: 3"));
    CHECK(count(responses, "Connection: close") == 1);
}

TEST_CASE("HEAD is GET without the body, OPTIONS lists the methods") {
    RunningServer sillok;
    auto client = sillok.client();
    const auto got = client.get("/livez");
    const auto head = client.send("HEAD", "/livez");
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("content-length") == got.header("content-length"));
    const auto options = client.send("OPTIONS", "/v1/orders");
    CHECK(options.status == 204);
    CHECK(options.header("allow") == "POST, GET, HEAD, OPTIONS");
    CHECK(client.send("OPTIONS", "*").status == 204);
    CHECK(client.send("OPTIONS", "/nothing").status == 404);
}

TEST_CASE("malformed HTTP gets 400, and the connection is closed") {
    RunningServer sillok;
    for (const std::string bytes :
         {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /livez HTTP/1.1\r\nContent-Length: x\r\n\r\n",
          "POST /v1/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        CAPTURE(bytes);
        const auto response = exchange_bytes(sillok.port(), bytes);
        CHECK(response.starts_with("HTTP/1.1 400 Bad Request"));
        CHECK(response.find("malformed-request") != std::string::npos);
        CHECK(response.find("Connection: close") != std::string::npos);
    }
}

TEST_CASE("headers have a limit, and so has a chunked body") {
    RunningServer sillok;
    const auto headers = "GET /livez HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
    CHECK(exchange_bytes(sillok.port(), headers).starts_with("HTTP/1.1 431"));

    std::string chunks = "POST /v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 65; ++i) chunks += "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    CHECK(exchange_bytes(sillok.port(), chunks).starts_with("HTTP/1.1 413"));
}

TEST_CASE("a request that does not arrive in time gets 408") {
    RunningServer sillok{{}, {.listener = {.session = {.request_timeout = 50ms}}}};
    CHECK(exchange_bytes(sillok.port(), "GET /livez HTTP/1.1\r\nHost").starts_with("HTTP/1.1 408"));
    CHECK(exchange_bytes(sillok.port(), "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
              .starts_with("HTTP/1.1 408"));
}

TEST_CASE("an idle connection is closed without a response") {
    RunningServer sillok{{}, {.listener = {.session = {.idle_timeout = 50ms}}}};
    CHECK(exchange_bytes(sillok.port(), "").empty());
    CHECK(count(exchange_bytes(sillok.port(), "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1") == 1);
}

TEST_CASE("a client that waits for 100 Continue gets it before it sends the body") {
    RunningServer sillok{{}, {.listener = {.session = {.request_timeout = 50ms}}}};
    const std::string headers =
        "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        "Connection: close\r\nContent-Length: 2\r\n\r\n";
    const auto without_body = exchange_bytes(sillok.port(), headers);
    CHECK(without_body.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 408"));
    CHECK(exchange_bytes(sillok.port(), headers + "{}").find("HTTP/1.1 400 Bad Request") != std::string::npos);
}

TEST_CASE("connections beyond the limit wait until others end") {
    RunningServer sillok{{}, {.listener = {.connections_max = 2}}};
    std::vector<std::thread> clients;
    std::atomic<int> succeeded = 0;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] {
            if (exchange_bytes(sillok.port(), "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    .starts_with("HTTP/1.1 200"))
                ++succeeded;
        });
    for (auto& client : clients) client.join();
    CHECK(succeeded == 8);
}

TEST_CASE("at the limit, the connection that has been idle longest ends for the next one") {
    RunningServer sillok{{}, {.listener = {.connections_max = 2}}};
    auto oldest = sillok.client();
    auto younger = sillok.client();
    CHECK(oldest.get("/livez").status == 200);
    CHECK(younger.get("/livez").status == 200);
    CHECK(sillok.client().get("/livez").status == 200);  // would wait for a minute otherwise
    CHECK(younger.get("/livez").status == 200);
    CHECK(oldest.get("/livez").status == 200);  // on a new connection
}

TEST_CASE("at the limit, a client that is slow with its request makes room") {
    RunningServer sillok{{}, {.listener = {.connections_max = 1, .slow_client = 50ms}}};
    std::string slow;
    std::thread sender{[&] { slow = exchange_bytes(sillok.port(), "GET /livez HTTP/1.1\r\nHost: x\r\n"); }};
    CHECK(eventually(20s, "the slow client has begun", [&] { return sillok.server().connections() == 1; }));
    CHECK(sillok.client().get("/livez").status == 200);
    sender.join();
    CHECK(slow.empty());
}

TEST_CASE("the listener for administration responds while the public one is full") {
    RunningServer sillok{{}, {.listener = {.connections_max = 1}, .admin = api::ListenerOptions{}}};
    auto shopper = sillok.client();
    CHECK(shopper.get("/livez").status == 404);
    CHECK(shopper.get("/v1/admin/sagas").status == 404);
    CHECK(shopper.get("/v1/products").status == 200);
    HttpClient operators{sillok.server().admin_port()};
    CHECK(operators.get("/livez").status == 200);
    CHECK(operators.get("/readyz").status == 200);
    CHECK(operators.get("/v1/admin/sagas").status == 200);
    CHECK(operators.get("/v1/products").status == 404);
    CHECK(operators.send("OPTIONS", "/v1/products").status == 404);
}

TEST_CASE("an address has a number of connections, and loopback has none") {
    api::AddressCounts counts;
    const auto one = boost::asio::ip::make_address("203.0.113.7");
    CHECK(counts.add(one, 2));
    CHECK(counts.add(one, 2));
    CHECK_FALSE(counts.add(one, 2));
    CHECK(counts.add(boost::asio::ip::make_address("203.0.113.8"), 2));
    CHECK_FALSE(counts.add(boost::asio::ip::make_address("::ffff:203.0.113.7"), 2));
    counts.remove(one);
    CHECK(counts.add(one, 2));

    CHECK(counts.add(boost::asio::ip::make_address("2001:db8::1"), 1));
    CHECK_FALSE(counts.add(boost::asio::ip::make_address("2001:db8::ffff:2"), 1));  // the same network of 64 bits
    CHECK(counts.add(boost::asio::ip::make_address("2001:db8:0:1::1"), 1));

    for (int i = 0; i < 10; ++i) CHECK(counts.add(boost::asio::ip::make_address("127.0.0.1"), 1));
    for (int i = 0; i < 10; ++i) CHECK(counts.add(boost::asio::ip::make_address("::1"), 1));
}

TEST_CASE("clients on several threads all get their responses") {
    RunningServer sillok{{}, {.listener = {.io_threads = 2}}};
    auto client = sillok.client();
    offer(client, 1);
    std::vector<std::thread> clients;
    std::atomic<int> succeeded = 0;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] {
            auto mine = sillok.client();
            for (int n = 0; n < 20; ++n)
                if (mine.post("/v1/products/tv/stock-receipts", {{"quantity", 1}}).status == 201) ++succeeded;
        });
    for (auto& thread : clients) thread.join();
    CHECK(succeeded == 160);
    CHECK(client.get("/v1/stock/tv", {{"Sillok-At-Least", "162"}}).json().at("onHand") == 161);
}

TEST_CASE("stopping finishes responses in flight and ends idle connections") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 1);
    sillok.backend().sagas.pause();
    Reply reply;
    std::thread waiting{[&] {
        reply = sillok.client().post("/v1/orders", {{"productId", "tv"}, {"quantity", 1}, {"customerId", "c-1"}},
                                     {{"Prefer", "wait=60"}});
    }};
    CHECK(eventually(20s, "the order is placed", [&] { return sillok.backend().store.head() >= Position{3}; }));
    sillok.stop();  // returns although `client` still holds its connection open
    waiting.join();
    CHECK(reply.status == 201);
    CHECK(reply.json().at("state") == "placed");
    CHECK(reply.header("connection") == "close");
    CHECK_THROWS(sillok.client().get("/livez"));
}

TEST_CASE("a port in use is an error that names the address") {
    RunningServer sillok;
    const auto port = sillok.port();
    const auto expected = "127.0.0.1:" + std::to_string(port) +
                          " is in use: stop the program that listens there, or choose another port (0: any)";
    CHECK_THROWS_WITH((api::Server{sillok.backend(), {.listener = {.port = port}}}), expected.c_str());
}
