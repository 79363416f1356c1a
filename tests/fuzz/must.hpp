// A claim of a fuzz target. A claim that does not hold is a finding, in every build type.
#pragma once

#include <cstdlib>

namespace sillok {

inline void must(bool holds) {
    if (!holds) std::abort();
}

}  // namespace sillok
