// Identifiers of 16 bytes (RFC 9562): version 7 where the caller chose none, version 5 where the same inputs must give
// the same id again (the command id of an idempotency key), version 8 where such an id is to stand beside others of its
// time (a saga's command ids): what is written together is then found together, in memory and on disk.
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

    // The nil UUID means "none" wherever an id may be absent.
    [[nodiscard]] constexpr bool is_nil() const { return *this == Uuid{}; }
    [[nodiscard]] std::string text() const;  // lower case, with hyphens
    static std::optional<Uuid> parse(std::string_view text);

    friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};

// SHA-1 of namespace and name, RFC 9562 section 5.5. Pure.
Uuid uuid_v5(const Uuid& name_space, std::string_view name);

// The first six bytes of `beside`, which are its time where it is of version 7, and 74 bits of the SHA-256 of namespace
// and name: RFC 9562 section 5.8 and its example B.2, which has the hash's first bytes there. Pure.
Uuid uuid_v8(const Uuid& beside, const Uuid& name_space, std::string_view name);

// Milliseconds since 1970 and 74 random bits, RFC 9562 section 5.7. Pure: the caller brings time and chance; the first
// twelve bits, `random_high`'s lowest, may be which part of the millisecond it is.
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
