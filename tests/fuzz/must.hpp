// What a fuzz target claims: a claim that does not hold is a finding, whatever the build.
#pragma once

#include <cstdlib>

namespace sillok {

inline void must(bool holds) {
    if (!holds) std::abort();
}

}  // namespace sillok
