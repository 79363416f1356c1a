// What a pure decision does not find in the state. The caller reads it and passes it in.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "eventstore/base/uuid.hpp"

#include <cstdint>
#include <optional>

namespace sillok::saga {

struct DecisionContext {
    Timestamp now;
    std::uint64_t random_bits = 0;  // 64 fresh random bits
    // The provider's circuit breaker was open until this time. Failures before it do not count as attempts, and
    // deadlines restart from it. Nothing: the breaker has not been open.
    std::optional<Timestamp> unavailable_until{};
    // Of the log, as it goes on now: makes the keys of new provider calls (provider_call_keys.hpp). Nil: the keys are
    // those of older programs.
    Uuid key_space{};

    [[nodiscard]] bool is_provider_unavailable() const { return unavailable_until && now <= *unavailable_until; }
};

}  // namespace sillok::saga
