// The finisher of splitmix64 (Steele, Lea, Flood 2014): spreads a number over all 64 bits. Pure; different numbers give
// different results.
#pragma once

#include <cstdint>

namespace sillok {

constexpr std::uint64_t splitmix64(std::uint64_t number) {
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
    return number ^ (number >> 31);
}

}  // namespace sillok
