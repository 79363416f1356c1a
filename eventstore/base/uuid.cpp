#include "eventstore/base/uuid.hpp"

#include "eventstore/base/sha256.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

#include <algorithm>

namespace sillok {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

constexpr bool hyphen_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void store_big_endian(std::uint64_t value, std::uint8_t* out) {
    for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(value >> shift);
}

}  // namespace

std::string Uuid::text() const {
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (hyphen_before(i)) out += '-';
        out += hex_digits[bytes[i] >> 4];
        out += hex_digits[bytes[i] & 15];
    }
    return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (hyphen_before(i) && text[at++] != '-') return std::nullopt;
        const int high = hex_value(text[at++]);
        const int low = hex_value(text[at++]);
        if (high < 0 || low < 0) return std::nullopt;
        uuid.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return uuid;
}

Uuid uuid_v5(const Uuid& name_space, std::string_view name) {
    boost::uuids::uuid space;
    std::ranges::copy(name_space.bytes, space.begin());
    const auto made = boost::uuids::name_generator_sha1{space}(name.data(), name.size());
    Uuid uuid;
    std::copy(made.begin(), made.end(), uuid.bytes.begin());
    return uuid;
}

Uuid uuid_v8(const Uuid& beside, const Uuid& name_space, std::string_view name) {
    const auto hash =
        Sha256{}({{reinterpret_cast<const char*>(name_space.bytes.data()), name_space.bytes.size()}, name});
    Uuid uuid;
    std::copy_n(hash.begin(), uuid.bytes.size(), uuid.bytes.begin());
    std::copy_n(beside.bytes.begin(), 6, uuid.bytes.begin());
    uuid.bytes[6] = static_cast<std::uint8_t>(0x80 | (uuid.bytes[6] & 0x0f));
    uuid.bytes[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

Uuid uuid_v7(std::int64_t unix_ms, std::uint64_t random_high, std::uint64_t random_low) {
    const auto ms = static_cast<std::uint64_t>(unix_ms);
    Uuid uuid;
    store_big_endian(ms << 16 | 0x7000 | (random_high & 0x0fff), uuid.bytes.data());
    store_big_endian((random_low & 0x3fffffffffffffffULL) | 0x8000000000000000ULL, uuid.bytes.data() + 8);
    return uuid;
}

}  // namespace sillok
