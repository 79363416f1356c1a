// The ledger of a simulated payment provider: an account for each authorisation, an operation for each idempotency
// key. All simulated providers share it: in this process, over HTTP, and in the simulation.
//
// Memory:  WhenFull::refuse forgets nothing, because a forgotten authorisation cannot be captured, refunded or
//          reconciled. It keeps at most `authorisations_max` calls to authorise, approved or declined; further ones get
//          LedgerError::full. Other operations have four times as much room, so that every authorisation can be
//          completed. WhenFull::forget_oldest keeps the newest `authorisations_max` operations and accounts.
//          forget() also makes room.
// Threads: one at a time.
#pragma once

#include "sagas/payment_simulator/ledger_entry.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sillok {

// A call as it arrives.
struct OperationRequest {
    ProviderOperation::Type type = ProviderOperation::Type::authorise;
    Uuid key;
    OrderId order;
    CustomerId customer;    // authorise only
    Money amount;           // not for void
    std::string reference;  // not for authorise
};

enum class LedgerError : std::uint8_t {
    reference_unknown,  // no such authorisation was approved
    order_differs,      // the authorisation is for another order
    currency_differs,   // the authorisation is in another currency
    key_used,           // the key belongs to another call
    full,               // no room for more operations
};
std::string_view text(LedgerError error);

class ProviderLedger {
   public:
    enum class WhenFull : std::uint8_t { refuse, forget_oldest };

    explicit ProviderLedger(std::size_t authorisations_max, WhenFull when_full = WhenFull::refuse)
        : authorisations_max_(authorisations_max), when_full_(when_full) {}

    // Returns the operation for this call, before any decline rule. Changes nothing.
    // Returns the known operation if the key is known (a declined one if the key was given up).
    // Returns a LedgerError if the call is invalid.
    // REQUIRES: a valid order, for authorise a valid customer, an amount that is not negative.
    [[nodiscard]] std::expected<ProviderOperation, LedgerError> prepare(const OperationRequest& request) const;
    // Returns nullptr if the key is unknown.
    [[nodiscard]] const ProviderOperation* find(const Uuid& key) const;

    // The time of what is posted from now on. Without it operations have no time, and forget() passes over them.
    void set_time(Timestamp now) { now_ = now; }

    // Posts what prepare() returned, and returns it with its outcome. `decline`: the reason to decline it.
    // REQUIRES: its key is unknown.
    const ProviderOperation& post(ProviderOperation operation, std::optional<std::string> decline = std::nullopt);

    // Fences the key: no later call with it is executed.
    // Returns the operation if the key is known, else the new give-up, or nullptr if there is no room for it.
    const ProviderOperation* give_up(const Uuid& key);

    // Adds an authorisation that was approved before this ledger began, or that it has forgotten.
    // REQUIRES: its reference is unknown.
    void assume(LedgerAccount account);

    // Forgets what nothing has been added to since `before`: calls that were declined or given up, and authorisations
    // with all their operations. An authorisation that can still be captured stays, with all of its own. Returns the
    // keys of the operations that are forgotten; another call with such a key is a new one.
    std::vector<Uuid> forget(Timestamp before);

    // Posts an operation read from a ledger file, at its time. The error says why it does not fit the earlier ones.
    std::expected<void, std::string> repost(const ProviderOperation& operation);

    // Approved authorisations, oldest first.
    [[nodiscard]] auto accounts() const { return std::views::values(accounts_); }
    // The same by number: 1, 2, 3 ... in the order in which they came.
    [[nodiscard]] const std::map<std::uint64_t, LedgerAccount>& numbered_accounts() const { return accounts_; }

   private:
    struct Known {  // of an approved authorisation
        std::uint64_t number = 0;
        LedgerAccount* account = nullptr;  // in accounts_, whose elements do not move
        Timestamp last;                    // when its last operation was posted
        std::vector<Uuid> keys;            // of its operations with a time
    };
    struct Posted {
        Timestamp time;
        Uuid key;
    };

    [[nodiscard]] const LedgerAccount* account(std::string_view reference) const;
    [[nodiscard]] bool has_room_for(ProviderOperation::Type type) const;
    const ProviderOperation& add(ProviderOperation operation);

    std::size_t authorisations_max_;
    WhenFull when_full_;
    std::size_t authorisations_ = 0;  // approved and declined
    std::unordered_map<Uuid, ProviderOperation> operations_;
    std::deque<Uuid> oldest_keys_;  // of operations_, if the oldest are forgotten
    Timestamp now_;
    std::deque<Posted> by_time_;  // of operations_, those with a time that forget() has not looked at yet
    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, LedgerAccount> accounts_;
    std::unordered_map<std::string_view, Known> by_reference_;
};

}  // namespace sillok
