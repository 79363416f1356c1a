// Numbers as bytes: little-endian inside values, big-endian in keys, so that keys sort as numbers do.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sillok {

template <std::unsigned_integral Number>
constexpr Number swapped_if(bool swap, Number number) {
    if (!swap) return number;
    if constexpr (sizeof(Number) == 8) return __builtin_bswap64(number);
    if constexpr (sizeof(Number) == 4) return __builtin_bswap32(number);
    if constexpr (sizeof(Number) == 2) return __builtin_bswap16(number);
    return number;
}

template <std::unsigned_integral Number>
void put_little_endian(char* at, Number number) {
    number = swapped_if(std::endian::native == std::endian::big, number);
    std::memcpy(at, &number, sizeof number);
}

template <std::unsigned_integral Number>
Number get_little_endian(const char* at) {
    Number number = 0;
    std::memcpy(&number, at, sizeof number);
    return swapped_if(std::endian::native == std::endian::big, number);
}

inline void put_big_endian(char* at, std::uint64_t number) {
    number = swapped_if(std::endian::native == std::endian::little, number);
    std::memcpy(at, &number, sizeof number);
}

inline std::uint64_t get_big_endian(const char* at) {
    std::uint64_t number = 0;
    std::memcpy(&number, at, sizeof number);
    return swapped_if(std::endian::native == std::endian::little, number);
}

}  // namespace sillok
