// What time it is, and chance: the two things that only the outermost edge may ask for.
#pragma once

#include "eventstore/base/strong.hpp"
#include "eventstore/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

// Milliseconds since 1970-01-01T00:00:00Z.
using Timestamp = Strong<struct TimestampTag, std::int64_t>;

// RFC 3339 in UTC with milliseconds, "2026-11-20T15:54:00.000Z", and back (any offset, any precision).
std::string rfc3339(Timestamp time);
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// Threads: any thread may call any member.
class Clock {
   public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    virtual std::uint64_t random() const = 0;  // 64 fresh bits

    [[nodiscard]] virtual Uuid new_id() const { return uuid_v7(now().value, random(), random()); }
};

// The machine's clock, and a generator of random numbers per thread.
class SystemClock final : public Clock {
   public:
    Timestamp now() const override;
    std::uint64_t random() const override;
    // Ascending where they are a quarter of a microsecond apart: RFC 9562 section 6.2, method 3.
    [[nodiscard]] Uuid new_id() const override;
};

}  // namespace sillok
