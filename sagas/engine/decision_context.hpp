// The time and the randomness for one pure decision. The caller reads both and passes them in.
#pragma once

#include "eventstore/base/timestamp.hpp"

#include <cstdint>
#include <optional>

namespace sillok::saga {

struct DecisionContext {
    Timestamp now;
    std::uint64_t random_bits = 0;  // 64 fresh random bits
    // The provider's circuit breaker was open until this time. Failures before it do not count as attempts, and
    // deadlines restart from it. Nothing: the breaker has not been open.
    std::optional<Timestamp> unavailable_until{};

    [[nodiscard]] bool is_provider_unavailable() const { return unavailable_until && now <= *unavailable_until; }
};

}  // namespace sillok::saga
