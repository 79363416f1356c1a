// How far a reader of the log has come. Kept under the reader's name, so that it continues there after a restart.
#pragma once

#include "eventstore/position.hpp"

#include <vector>

namespace sillok {

// Everything up to `seen` is done, except the open positions. A single reader has no open ones; readers that share a
// log may finish a later event before an earlier one.
struct ReaderCheckpoint {
    Position seen;
    std::vector<Position> open{};  // ascending, none after `seen`

    friend bool operator==(const ReaderCheckpoint&, const ReaderCheckpoint&) = default;
};

}  // namespace sillok
