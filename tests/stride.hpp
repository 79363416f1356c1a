// How many of the places at which something can go wrong are tried: all of them by the release build. A sanitizer's
// build, which takes some ten times as long and looks for other things, tries every sixteenth.
#pragma once

#include <cstdint>

namespace sillok {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t stride = 16;
#else
constexpr std::uint64_t stride = 1;
#endif
#else
constexpr std::uint64_t stride = 1;
#endif

}  // namespace sillok
