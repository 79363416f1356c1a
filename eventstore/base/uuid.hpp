// Identifiers of 16 bytes (RFC 9562).
//
// Version 5: the same inputs give the same id again, such as the command id of an idempotency key.
// Version 7: begins with a time; for ids that the caller did not choose.
// Version 8: deterministic, but prefixed with another id's time, so that ids created together are stored together, in
//            memory and on disk. A saga's command ids are such.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    // The nil UUID means "none" where an id is optional.
    [[nodiscard]] constexpr bool is_nil() const { return *this == Uuid{}; }
    [[nodiscard]] std::string text() const;  // lower case, with hyphens
    static std::optional<Uuid> parse(std::string_view text);

    friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};

// SHA-1 of namespace and name, RFC 9562 section 5.5. Pure.
Uuid uuid_v5(const Uuid& name_space, std::string_view name);

// The first six bytes of `beside` (its time, if it has version 7), then 74 bits of the SHA-256 of namespace and name.
// RFC 9562 section 5.8; its example B.2 has the hash's first bytes in front. Pure.
Uuid uuid_v8(const Uuid& beside, const Uuid& name_space, std::string_view name);

// Milliseconds since 1970 and 74 random bits, RFC 9562 section 5.7. Pure: the caller supplies time and random bits. The
// lowest twelve bits of `random_high` come first; they may be a fraction of the millisecond.
Uuid uuid_v7(std::int64_t unix_ms, std::uint64_t random_high, std::uint64_t random_low);

}  // namespace sillok

template <>
struct std::hash<sillok::Uuid> {
    std::size_t operator()(const sillok::Uuid& uuid) const noexcept {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        std::memcpy(&high, uuid.bytes.data(), 8);
        std::memcpy(&low, uuid.bytes.data() + 8, 8);
        return high ^ (low * 0x9e3779b97f4a7c15ULL);
    }
};
