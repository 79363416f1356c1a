// The provider's side of the protocol in http_payments.hpp: parses a request, calls the simulated provider, and writes
// its response as JSON. No sockets.
//
//   GET /ledger?after=N&limit=M    a page of the ledger (ledger_json.hpp), for reconciliation
//
// Errors:  {"status": "error", "error": "..."}, and nothing was posted.
//          400 no key, no JSON, no amount; 404 no such authorisation or target; 405 another method;
//          422 an order or currency that differs from the authorisation's, or a key of another call;
//          500 the profile says `fail`; 503 the ledger is full
// Silence: for `lose` (not posted), `forget` and `mute` (posted) the connection is closed without a response, after
//          the profile's patience.
// Threads: one at a time.
#pragma once

#include "sagas/payment_simulator/simulated_provider.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

struct ProviderHttpRequest {
    enum class Method : std::uint8_t { get, post, remove, other };
    Method method = Method::get;
    std::string_view target;
    std::string_view key;  // Idempotency-Key
    std::string_view body;
};

struct ProviderHttpResponse {
    unsigned status = 200;
    std::string body;                           // JSON
    bool delivered = true;                      // false: the connection is closed instead
    std::chrono::milliseconds wait{0};          // before either
    std::optional<ProviderOperation> posted{};  // must be durable first
};

class ProviderDispatcher {
   public:
    static constexpr std::size_t ledger_page_max = 1'000;

    // REQUIRES: the provider outlives it.
    explicit ProviderDispatcher(SimulatedProvider& provider) : provider_(provider) {}

    ProviderHttpResponse dispatch(const ProviderHttpRequest& request);

   private:
    ProviderHttpResponse call(const ProviderHttpRequest& request, ProviderOperation::Type type,
                              std::string_view reference);
    ProviderHttpResponse query(std::string_view key, SimulatedProvider::Fence fence);
    [[nodiscard]] ProviderHttpResponse ledger(std::string_view query) const;

    SimulatedProvider& provider_;
};

// An error response.
ProviderHttpResponse provider_error(unsigned status, std::string_view what);

}  // namespace sillok
