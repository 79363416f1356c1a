#include "tests/api/running_server.hpp"

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

TEST_CASE("requests that come in one piece are answered one after another") {
    RunningServer sillok;
    const std::string one = "GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: ";
    const auto answers =
        exchange_bytes(sillok.port(), one + "1\r\n\r\n" + one + "2\r\n\r\n" + one + "3\r\nConnection: close\r\n\r\n");
    CHECK(count(answers, "HTTP/1.1 200 OK") == 3);
    CHECK(answers.find("X-Request-Id: 1") < answers.find("X-Request-Id: 2"));
    CHECK(answers.find("X-Request-Id: 2") < answers.find("X-Request-Id: 3"));
    CHECK(count(answers, "Connection: close") == 1);
}

TEST_CASE("HEAD is GET without the body, OPTIONS tells the methods") {
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

TEST_CASE("what is no HTTP is refused and the connection closed") {
    RunningServer sillok;
    for (const std::string bytes :
         {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /livez HTTP/1.1\r\nContent-Length: x\r\n\r\n",
          "POST /v1/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        CAPTURE(bytes);
        const auto answer = exchange_bytes(sillok.port(), bytes);
        CHECK(answer.starts_with("HTTP/1.1 400 Bad Request"));
        CHECK(answer.find("malformed-request") != std::string::npos);
        CHECK(answer.find("Connection: close") != std::string::npos);
    }
}

TEST_CASE("headers have a limit, and so has a body whose length nobody told") {
    RunningServer sillok;
    const auto headers = "GET /livez HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
    CHECK(exchange_bytes(sillok.port(), headers).starts_with("HTTP/1.1 431"));

    std::string chunks = "POST /v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 20; ++i) chunks += "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    CHECK(exchange_bytes(sillok.port(), chunks).starts_with("HTTP/1.1 413"));
}

TEST_CASE("a client that sends no whole request in time is told so") {
    RunningServer sillok{{}, {.listener = {.session = {.request_timeout = 50ms}}}};
    CHECK(exchange_bytes(sillok.port(), "GET /livez HTTP/1.1\r\nHost").starts_with("HTTP/1.1 408"));
    CHECK(exchange_bytes(sillok.port(), "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
              .starts_with("HTTP/1.1 408"));
}

TEST_CASE("a connection on which nothing happens is closed without a word") {
    RunningServer sillok{{}, {.listener = {.session = {.idle_timeout = 50ms}}}};
    CHECK(exchange_bytes(sillok.port(), "").empty());
    CHECK(count(exchange_bytes(sillok.port(), "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1") == 1);
}

TEST_CASE("a client that waits for leave to send its body gets it") {
    RunningServer sillok;
    const auto answer = exchange_bytes(
        sillok.port(),
        "POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(answer.find("HTTP/1.1 400 Bad Request") != std::string::npos);
}

TEST_CASE("more connections than allowed wait until there is room") {
    RunningServer sillok{{}, {.listener = {.connections_max = 2}}};
    std::vector<std::thread> clients;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] {
            if (exchange_bytes(sillok.port(), "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    .starts_with("HTTP/1.1 200"))
                ++answered;
        });
    for (auto& client : clients) client.join();
    CHECK(answered == 8);
}

TEST_CASE("many clients on several threads are all answered") {
    RunningServer sillok{{}, {.listener = {.io_threads = 2}}};
    auto client = sillok.client();
    REQUIRE(client
                .post("/v1/products",
                      {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 1}, {"currency", "KRW"}}}})
                .status == 201);
    std::vector<std::thread> clients;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] {
            auto mine = sillok.client();
            for (int n = 0; n < 20; ++n)
                if (mine.post("/v1/products/tv/stock-receipts", {{"quantity", 1}}).status == 201) ++answered;
        });
    for (auto& thread : clients) thread.join();
    CHECK(answered == 160);
    CHECK(client.get("/v1/stock/tv", {{"Sillok-At-Least", "161"}}).json().at("onHand") == 160);
}

TEST_CASE("stopping lets answers in flight out and ends idle connections") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client
                .post("/v1/products",
                      {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 1}, {"currency", "KRW"}}}})
                .status == 201);
    sillok.backend().sagas.pause();
    Reply reply;
    std::thread waiting{[&] {
        reply = sillok.client().post("/v1/orders", {{"productId", "tv"}, {"quantity", 1}, {"customerId", "c-1"}},
                                     {{"Prefer", "wait=60"}});
    }};
    while (sillok.backend().store.head() < Position{2}) std::this_thread::yield();
    sillok.stop();  // returns although `client` still holds its connection open
    waiting.join();
    CHECK(reply.status == 201);
    CHECK(reply.json().at("state") == "placed");
    CHECK(reply.header("connection") == "close");
    CHECK_THROWS(sillok.client().get("/livez"));
}

TEST_CASE("a port that is taken is an error that says so") {
    RunningServer sillok;
    const auto port = sillok.port();
    const auto expected = "127.0.0.1:" + std::to_string(port) + " is in use";
    CHECK_THROWS_WITH((api::Server{sillok.backend(), {.listener = {.port = port}}}), expected.c_str());
}
