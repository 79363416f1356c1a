// Serves a simulated payment provider over HTTP/1.1.
//
// Durable:     with a journal, what an answer tells of is on disk before the answer is sent. When the journal cannot
//              be written any more nothing is answered, and run() throws.
// Connections: one coroutine each; kept open; limited in number, in bytes of headers and bodies, and in time.
// Stop:        at once. Whoever waits for an answer then does not get one, and asks again after the next start.
// Threads:     run() works in the calling thread; stop() from any thread.
#pragma once

#include "sagas/payment_simulator/provider_journal.hpp"
#include "sagas/payment_simulator/simulated_provider.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sillok {

struct ProviderServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;               // 0: any free one
    std::size_t connections_max = 2'048;  // more wait in the kernel's queue
    std::uint32_t header_bytes_max = 8u << 10;
    std::uint64_t body_bytes_max = 64u << 10;
    std::chrono::milliseconds request_max{60'000};  // from one request to the end of the next
    std::chrono::milliseconds write_max{15'000};    // for the caller to take an answer
    // Told of every new booking once it is durable, before it is answered for. In run()'s thread; must not block.
    std::function<void(const ProviderOperation&)> on_operation{};
};

class ProviderServer {
   public:
    // Listens from here on; answers once run() is called. Throws boost::system::system_error where it cannot listen.
    // REQUIRES: provider and journal (or nullptr: nothing is kept) outlive the server.
    ProviderServer(SimulatedProvider& provider, ProviderJournal* journal, ProviderServerOptions options);
    ~ProviderServer();
    ProviderServer(const ProviderServer&) = delete;
    ProviderServer& operator=(const ProviderServer&) = delete;

    // Answers until stopped. Call once. Throws std::runtime_error when the journal cannot be written.
    void run();
    void stop();

    [[nodiscard]] std::uint16_t port() const;

   private:
    class Listener;
    std::unique_ptr<Listener> listener_;
};

}  // namespace sillok
