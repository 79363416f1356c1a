// Serves a simulated payment provider over HTTP/1.1 (api/http/listener.hpp).
//
// Durable: with a ledger file, an operation is on disk before its response is sent. If the file cannot be written, no
//          further response is sent and run() throws.
// Forget:  with a retention, what is over for that long is forgotten in memory and in the file, at most a sixteenth of
//          the time later, and at the start.
// Stop:    at once. Callers get no response and repeat the call after the next start.
// Threads: run() works in the calling thread only; any thread may call stop().
#pragma once

#include "api/http/listener.hpp"
#include "eventstore/base/clock.hpp"
#include "sagas/payment_simulator/ledger_file.hpp"
#include "tools/payment_simulator/provider_dispatcher.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace sillok {

// How long calls are kept that nothing follows (provider_ledger.hpp). REQUIRES: the clock outlives the server.
struct LedgerRetention {
    const Clock* clock;
    std::chrono::milliseconds keep;
};

struct ProviderServerOptions {
    // REQUIRES: one I/O thread.
    api::ListenerOptions listener{
        .connections_max = 2'048,
        .session = {.header_bytes_max = 8u << 10,
                    .body_bytes_max = 64u << 10,
                    .request_timeout = std::chrono::milliseconds{60'000}},
    };
    // Called for every new operation once it is durable, before its response is sent. Runs in run()'s thread and must
    // not block.
    std::function<void(const ProviderOperation&)> on_operation{};
    std::optional<LedgerRetention> retention{};  // nothing: everything is kept
};

class ProviderServer final : private api::Responder {
   public:
    // Listens from here on; responds once run() is called. Throws std::runtime_error if it cannot listen.
    // Without a file (nullptr) nothing is stored. REQUIRES: provider and file outlive the server.
    // `port`: the one of the options, if it is taken already.
    ProviderServer(SimulatedProvider& provider, LedgerFile* file, ProviderServerOptions options,
                   std::optional<api::BoundPort> port = {});
    ~ProviderServer() override;

    // Returns after stop(). Call once. Throws std::runtime_error if the ledger file cannot be written.
    void run();
    void stop();

    [[nodiscard]] std::uint16_t port() const { return listener_.port(); }

   private:
    asio::awaitable<std::optional<api::ResponseMessage>> respond(const api::RequestMessage& request) override;
    std::optional<api::ResponseMessage> refuse_by_head(const api::RequestMessage& request) override;
    std::optional<api::ResponseMessage> refuse(const api::Unreadable& why, const api::RequestMessage& request) override;
    // Returns false if the ledger file cannot be written.
    asio::awaitable<bool> store(const std::optional<ProviderOperation>& posted);

    asio::awaitable<void> forget_from_time_to_time();

    SimulatedProvider& provider_;
    ProviderDispatcher dispatcher_;
    LedgerFile* const file_;
    const std::function<void(const ProviderOperation&)> on_operation_;
    const std::optional<LedgerRetention> retention_;
    bool file_lost_ = false;
    api::Listener listener_;  // after everything that its coroutines use
};

}  // namespace sillok
