// An event's place in the whole log (Position) and in its stream (Version). Both count 1, 2, 3 ... without gaps; 0 is
// the place before the first event.
#pragma once

#include "eventstore/base/strong.hpp"

#include <cstdint>

namespace sillok {

using Position = Strong<struct PositionTag, std::uint64_t>;
using Version = Strong<struct VersionTag, std::uint64_t>;

constexpr Position next(Position position) { return Position{position.value + 1}; }
constexpr Version next(Version version) { return Version{version.value + 1}; }

}  // namespace sillok
