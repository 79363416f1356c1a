// The simulated provider over real sockets, and the real client against it.
#include "tools/payment_simulator/provider_server.hpp"

#include "sagas/payments/http_payments.hpp"
#include "tests/eventually.hpp"
#include "tests/temporary_directory.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace sillok {
namespace {

using namespace std::chrono_literals;

// A provider server in its own thread.
struct ServerFixture {
    explicit ServerFixture(std::string_view profile, ProviderServerOptions options = {})
        : provider(*parse_simulator_profile(profile), ProviderLedger{1'000}),
          server(provider, nullptr, std::move(options)) {}
    ~ServerFixture() {
        server.stop();
        thread.join();
    }
    ServerFixture(const ServerFixture&) = delete;
    ServerFixture& operator=(const ServerFixture&) = delete;

    SimulatedProvider provider;  // used by the server's thread
    ProviderServer server;
    std::thread thread{[this] { server.run(); }};
};

// The client that Sillok itself uses.
struct Caller {
    explicit Caller(std::uint16_t port, std::chrono::milliseconds call_timeout = 10s)
        : payments({"127.0.0.1", std::to_string(port), ""}, {.call_timeout = call_timeout}) {}
    ~Caller() { payments.close(); }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    ProviderResponse answer(asio::awaitable<ProviderResponse> call) {
        ProviderResponse said;
        asio::co_spawn(context, std::move(call), [&said](std::exception_ptr failed, ProviderResponse answered) {
            CHECK_FALSE(failed);
            said = std::move(answered);
        });
        context.restart();
        context.run();
        return said;
    }

    asio::io_context context;
    HttpPayments payments;
};

PaymentCall payment(int number, const std::string& customer = "kim", std::int64_t amount = 100) {
    return {uuid_v5({}, std::to_string(number)), OrderId{"o1"}, CustomerId{customer}, {amount, {{'K', 'R', 'W'}}}, {}};
}
PaymentCall about(const PaymentCall& authorised, int number, std::int64_t amount) {
    auto call = payment(number, authorised.customer.value, amount);
    call.reference = authorised.key.text();
    return call;
}

bool approved(const ProviderResponse& said) { return std::holds_alternative<provider::Approved>(said); }
bool declined(const ProviderResponse& said) { return std::holds_alternative<provider::Declined>(said); }
bool unknown(const ProviderResponse& said) { return std::holds_alternative<provider::Unknown>(said); }

// Sends raw bytes, also malformed requests. Returns all bytes until the server closes, or for ten seconds.
std::string exchange_bytes(std::uint16_t port, const std::string& bytes, bool and_no_more = true) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{10, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    std::string answer;
    if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0 || bytes.empty()) {
        if (and_no_more) ::shutdown(socket, SHUT_WR);
        char buffer[4'096];
        for (auto count = ::recv(socket, buffer, sizeof buffer, 0); count > 0;
             count = ::recv(socket, buffer, sizeof buffer, 0))
            answer.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(socket);
    return answer;
}

}  // namespace

TEST_CASE("the client and the simulator speak the same protocol") {
    const ServerFixture serving{"decline-amount=666"};
    Caller caller{serving.server.port()};
    auto& payments = caller.payments;
    const auto call = payment(1);
    const auto said = caller.answer(payments.authorise(call));
    REQUIRE(approved(said));
    CHECK(std::get<provider::Approved>(said).reference == call.key.text());
    CHECK(caller.answer(payments.authorise(call)) == said);
    CHECK(caller.answer(payments.query(call.key)) == said);
    CHECK(approved(caller.answer(payments.capture(about(call, 2, 100)))));
    CHECK(approved(caller.answer(payments.capture(about(call, 2, 100)))));
    CHECK(declined(caller.answer(payments.capture(about(call, 3, 1)))));
    CHECK(declined(caller.answer(payments.void_authorisation(about(call, 4, 0)))));
    CHECK(approved(caller.answer(payments.refund(about(call, 5, 60)))));
    CHECK(declined(caller.answer(payments.refund(about(call, 6, 60)))));
    CHECK(declined(caller.answer(payments.authorise(payment(7, "kim", 666)))));
    CHECK(declined(caller.answer(payments.query(payment(7).key))));
    CHECK(caller.answer(payments.query(payment(8).key)) == ProviderResponse{provider::NotReceived{}});
    const auto other = payment(9);
    CHECK(approved(caller.answer(payments.authorise(other))));
    CHECK(approved(caller.answer(payments.void_authorisation(about(other, 10, 0)))));
    CHECK(unknown(caller.answer(payments.capture(about(payment(99), 11, 100)))));  // no such authorisation: 404
}

TEST_CASE("a call that was given up before it arrived is never executed, over HTTP too") {
    const ServerFixture serving{""};
    Caller caller{serving.server.port()};
    CHECK(caller.answer(caller.payments.give_up(payment(1).key)) == ProviderResponse{provider::NotReceived{}});
    CHECK(declined(caller.answer(caller.payments.authorise(payment(1)))));
    CHECK(approved(caller.answer(caller.payments.authorise(payment(2)))));
    CHECK(approved(caller.answer(caller.payments.give_up(payment(2).key))));
}

TEST_CASE("a query tells a lost response from a lost call") {
    const ServerFixture serving{"lose-customer=lost,forget-customer=forgotten,fail-customer=failed,patience-ms=1"};
    Caller caller{serving.server.port()};
    for (const auto& [key, customer] : {std::pair{'l', "lost"}, {'f', "forgotten"}, {'x', "failed"}})
        CHECK(unknown(caller.answer(caller.payments.authorise(payment(key, customer)))));
    CHECK(caller.answer(caller.payments.query(payment('l').key)) == ProviderResponse{provider::NotReceived{}});
    CHECK(approved(caller.answer(caller.payments.query(payment('f').key))));  // forgotten
    CHECK(caller.answer(caller.payments.query(payment('x').key)) == ProviderResponse{provider::NotReceived{}});
}

TEST_CASE("a call without a response times out, and a query returns its outcome") {
    const ServerFixture serving{"forget-customer=forgotten,patience-ms=60000"};
    Caller caller{serving.server.port(), 200ms};
    CHECK(approved(caller.answer(caller.payments.authorise(payment(1, "forgotten")))));
}

TEST_CASE("malformed and oversized requests get an error response") {
    const ServerFixture serving{""};
    const auto port = serving.server.port();
    CHECK(exchange_bytes(port, "").empty());
    CHECK(exchange_bytes(port, "EHLO mail.example\r\n\r\n").starts_with("HTTP/1.1 400"));
    CHECK(exchange_bytes(port, "GET /ledger HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")
              .starts_with("HTTP/1.1 431"));
    const std::string to =
        "POST /authorisations HTTP/1.1\r\nHost: x\r\nIdempotency-Key: " + payment(1).key.text() + "\r\n";
    CHECK(exchange_bytes(port, to + "Content-Length: 99999999\r\n\r\n{", false).starts_with("HTTP/1.1 413"));
    CHECK(exchange_bytes(port, to + "Content-Length: banana\r\n\r\n{").starts_with("HTTP/1.1 400"));
    CHECK(exchange_bytes(port, to + "Content-Length: 7\r\n\r\nbananas").starts_with("HTTP/1.1 400"));
    CHECK(exchange_bytes(port, to + "Content-Length: 50\r\n\r\n{").empty());  // the rest never came
    CHECK(exchange_bytes(port, "DELETE /ledger HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 405"));
    CHECK(exchange_bytes(port, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
    CHECK(
        exchange_bytes(port, "GET /ledger HTTP/1.1\r\nHost: x\r\n\r\n").find(R"({"authorisations":[],"next":null})") !=
        std::string::npos);
}

TEST_CASE("a silent connection is closed, and connections beyond the limit wait") {
    ProviderServerOptions options;
    options.listener.connections_max = 2;
    options.listener.session.request_timeout = 300ms;
    const ServerFixture serving{"", options};
    const auto port = serving.server.port();
    CHECK(exchange_bytes(port, "GET /led", false).empty());
    std::thread first{[port] { exchange_bytes(port, "G", false); }};
    std::thread second{[port] { exchange_bytes(port, "G", false); }};
    CHECK(exchange_bytes(port, "GET /ledger HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200"));
    first.join();
    second.join();
}

TEST_CASE("a provider that is stopped while callers wait for its disk or its delay ends their calls at once") {
    const TemporaryDirectory directory;
    for (int round = 0; round < 5; ++round) {
        SimulatedProvider provider{*parse_simulator_profile("delay-ms=30000"), ProviderLedger{1'000}};
        auto file = LedgerFile::open(directory.path() / "ledger", [&provider](const ProviderOperation& one) {
            return provider.ledger().repost(one);
        });
        REQUIRE(file);
        CHECK(provider.ledger().accounts().size() == static_cast<std::size_t>(round));
        ProviderServer server{provider, file->get(), {}};
        std::thread thread{[&server] { server.run(); }};
        Caller caller{server.port(), 50ms};
        CHECK(unknown(caller.answer(caller.payments.authorise(payment(round)))));
        server.stop();
        thread.join();
    }
}

TEST_CASE("what is over for longer than the retention is forgotten while the server runs, and in its file") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "ledger";
    const auto bytes = [&path] { return std::filesystem::file_size(path); };
    SimulatedProvider provider{*parse_simulator_profile(""), ProviderLedger{1'000}};
    const auto file = LedgerFile::open(path, [&](const ProviderOperation& operation) {
                          return provider.ledger().repost(operation);
                      }).value();
    const SystemClock clock;
    ProviderServerOptions options;
    options.retention = {&clock, 1s};
    ProviderServer server{provider, file.get(), std::move(options)};
    std::thread thread{[&] { server.run(); }};
    Caller caller{server.port()};
    const PaymentCall open{uuid_v5({}, "open"), OrderId{"o1"}, CustomerId{"kim"}, {100, {{'K', 'R', 'W'}}}, {}};
    auto over = open;
    over.key = uuid_v5({}, "over");
    caller.answer(caller.payments.authorise(open));
    caller.answer(caller.payments.authorise(over));
    auto undone = over;
    undone.reference = over.key.text();
    undone.key = uuid_v5({}, "void");
    caller.answer(caller.payments.void_authorisation(undone));
    const auto before = bytes();
    const auto is_forgotten = [&] {
        return std::holds_alternative<provider::NotReceived>(caller.answer(caller.payments.query(over.key)));
    };
    CHECK(eventually(10s, "the voided authorisation is forgotten", is_forgotten));
    CHECK(eventually(10s, "the file is smaller", [&] { return bytes() < before; }));
    CHECK(std::holds_alternative<provider::Approved>(caller.answer(caller.payments.query(open.key))));
    server.stop();
    thread.join();
}

}  // namespace sillok
