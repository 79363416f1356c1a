// A moment: milliseconds since 1970-01-01T00:00:00Z.
#pragma once

#include "eventstore/base/strong.hpp"

#include <cstdint>

namespace sillok {

using Timestamp = Strong<struct TimestampTag, std::int64_t>;

}  // namespace sillok
