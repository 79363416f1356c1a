// A message from the payment provider about one of our calls, sent without being asked (a webhook), and its result.
#pragma once

#include "aggregates/payment.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/errc.hpp"
#include "sagas/engine/definition.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace sillok {

struct SagaNotice {
    ProviderOperation operation;
    Metadata metadata;  // when it arrived, under which command id
};
// Where it stands in the log.
struct SagaNoticed {
    std::string stream{};   // the journal
    std::string ignored{};  // why; empty: the saga was waiting for this response
    Version version{};      // of the journal, with the events that followed in the same commit
    Position position{};    // 0 while the receipt is made
};
// Makes the receipt that is stored with the notice's command id.
using NoticeReceipt = std::function<std::string(const SagaNoticed&)>;

enum class NoticeRefused : std::uint8_t {
    unknown,     // no such call was made for this order
    repeated,    // a notice with this command id was taken before
    unreadable,  // this program cannot read the saga's journal or its payment
};

namespace saga {
// The first field in which a notice disagrees with our own records.
enum class Mismatch : std::uint8_t { operation, customer, currency, amount, reference };
// Compares a notice with the call that it names. Returns nothing if they agree.
// REQUIRES: the payment is that of the notice's order, and was requested; the call was made for `act`.
std::optional<Mismatch> mismatch_of(const ProviderOperation& operation, Act act,
                                    const payment::Payment::State& payment);
}  // namespace saga

using NoticeError = std::variant<NoticeRefused, saga::Mismatch, errc>;

}  // namespace sillok
