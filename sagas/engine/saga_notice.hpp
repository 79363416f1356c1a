// What the payment provider tells of its own accord about a call, and what comes of it.
#pragma once

#include "eventstore/commit.hpp"
#include "sagas/engine/call_record.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <functional>
#include <string>
#include <variant>

namespace sillok {

struct SagaNotice {
    ProviderOperation operation;
    Metadata metadata;  // when it came in, under which command id
};
// How it stands in the log.
struct SagaNoticed {
    std::string stream{};   // the journal that it stands in
    std::string ignored{};  // why; empty: it was the answer that the saga was waiting for
    Version version{};      // of the journal, with what followed at once
    Position position{};    // 0 while a receipt is made
};
// Makes the receipt to be kept with the notice's command id.
using NoticeReceipt = std::function<std::string(const SagaNoticed&)>;

enum class NoticeRefused : std::uint8_t {
    unknown,     // no such call was made for this order
    repeated,    // it has been noticed before, under the same command id
    unreadable,  // this program cannot read the saga's journal
};
using NoticeError = std::variant<NoticeRefused, saga::Mismatch, errc>;

}  // namespace sillok
