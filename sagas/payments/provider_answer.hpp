// What an HTTP answer of the payment provider means: the rules of the protocol (http_payments.hpp), without I/O.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "sagas/payments/provider_response.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace sillok {

enum class ProviderAsked : std::uint8_t { to_act, for_outcome };  // a POST; a GET or DELETE

struct ProviderAnswer {
    unsigned status = 0;
    std::string_view body;
    std::string_view retry_after{};  // the header: seconds or an HTTP date
};

// `now`: to count the seconds until a date in Retry-After.
ProviderResponse interpret(const ProviderAnswer& answer, ProviderAsked asked, Timestamp now);

// A longer Retry-After is cut to this.
inline constexpr std::chrono::hours retry_after_max{1};

}  // namespace sillok
