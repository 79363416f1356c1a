// How long something took, by the clock that never jumps.
#pragma once

#include <chrono>

namespace sillok {

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace sillok
