// The provider's side of the protocol in http_payments.hpp, without sockets, clock or disk: what a request is
// answered with, and whether it is answered at all.
//
//   GET /ledger?after=N&limit=M    the ledger (ledger_json.hpp), for whoever compares it with books of their own
//
// Beyond the protocol's answers, {"status": "error", "error": "..."}: 400 no key, no JSON, no amount; 404 no such
// authorisation or target; 405; 422 another order or currency than was authorised, a key that stands for another
// call; 500 where the profile says `fail`; 503 the books are full. Nothing has been booked then.
//
// Profile: `fail` is a 500; after `lose` (nothing is booked), `forget` and `mute` (booked) the connection is closed
//          without an answer once the profile's patience is over.
// Chance:  how often a key was tried is counted from the start of the process, and of a million keys at a time.
// Threads: one at a time.
#pragma once

#include "sagas/payment_simulator/provider_ledger.hpp"
#include "sagas/payment_simulator/simulator_profile.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

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
    std::string body;                         // JSON
    bool answered = true;                     // false: the connection is closed instead
    std::chrono::milliseconds wait{0};        // before either
    std::optional<ProviderOperation> booked;  // to be made durable first
};

class SimulatedProvider {
   public:
    static constexpr std::size_t ledger_page_max = 1'000;

    SimulatedProvider(SimulatorProfile profile, std::size_t authorisations_max);

    ProviderHttpResponse answer(const ProviderHttpRequest& request);

    // What was booked before, in its order, before the first request. The error says why that cannot be.
    std::expected<void, std::string> repost(const ProviderOperation& operation) { return ledger_.repost(operation); }
    [[nodiscard]] const ProviderLedger& ledger() const { return ledger_; }

   private:
    ProviderHttpResponse call(const ProviderHttpRequest& request, ProviderOperation::Type operation,
                              std::string_view reference);
    ProviderHttpResponse carry_out(const OperationRequest& call);
    ProviderHttpResponse question(std::string_view key, bool give_up);
    [[nodiscard]] ProviderHttpResponse failed() const;
    [[nodiscard]] ProviderHttpResponse ledger(std::string_view query) const;
    SimulatedFault fault_of(const ProviderOperation& operation, bool is_question);

    const SimulatorProfile profile_;
    ProviderLedger ledger_;
    std::unordered_map<Uuid, std::uint32_t> tries_;
};

// An answer that no booking stands behind.
ProviderHttpResponse error_reply(unsigned status, std::string_view what);

}  // namespace sillok
