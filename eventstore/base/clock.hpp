// The time and random numbers, as one interface: only the outermost code may ask for either. Tests set their own.
//
// Threads: any thread may call any member.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "eventstore/base/uuid.hpp"

#include <cstdint>

namespace sillok {

class Clock {
   public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    virtual std::uint64_t random() const = 0;  // 64 random bits

    [[nodiscard]] virtual Uuid new_id() const { return uuid_v7(now().value, random(), random()); }
};

// The machine's clock and random_bits().
class SystemClock final : public Clock {
   public:
    Timestamp now() const override;
    std::uint64_t random() const override;
    // Ids made a quarter of a microsecond apart or more are ascending: RFC 9562 section 6.2, method 3.
    [[nodiscard]] Uuid new_id() const override;
};

}  // namespace sillok
