// Listens, reads requests, writes answers. What the answers are is decided in routes.cpp and its handlers.
//
// Connections: one coroutine each owns its socket; keep-alive and pipelining, answers in the order of requests.
// Limits:      connections, header and body bytes, and the time a client may take for each of them.
// Stop:        no new connections, idle ones are closed, answers in flight are finished and say
//              "Connection: close"; what has not ended by then is cut off after `drain_max`.
// Threads:     run() works in the calling thread and io_threads - 1 more; stop() from any thread.
#pragma once

#include "sagas/payments/standard_webhook.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sillok {
class Backend;
}

namespace sillok::api {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free one
    unsigned io_threads = 1;
    std::size_t connections_max = 4096;  // more wait in the kernel's queue
    std::size_t header_bytes_max = 16u << 10;
    std::size_t body_bytes_max = 1u << 20;
    std::chrono::milliseconds idle_max{60'000};     // between two requests
    std::chrono::milliseconds request_max{15'000};  // from a request's first byte to its last
    std::chrono::milliseconds write_max{15'000};    // for the client to take an answer
    std::chrono::milliseconds drain_max{10'000};    // from stop() to the last connection's end
    WebhookSecrets payments_webhook{};              // of the payment provider; none: it has nothing to tell here
};

class Server {
   public:
    // Listens from here on; answers once run() is called. Throws boost::system::system_error where it cannot listen.
    // REQUIRES: the backend outlives the server.
    Server(Backend& backend, ServerOptions options);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Answers until stopped. Call once.
    void run();
    // Begins to stop; run() returns when the last answer is out. Idempotent.
    void stop();

    [[nodiscard]] std::uint16_t port() const;

   private:
    class Listener;
    std::unique_ptr<Listener> listener_;
};

}  // namespace sillok::api
