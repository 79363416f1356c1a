// How far a reader of the log has come, kept under a name so that it goes on there after a restart.
#pragma once

#include "eventstore/position.hpp"

#include <vector>

namespace sillok {

// Everything up to `seen` is done with, but for what is still open. A reader that takes one event after another has
// nothing open; readers that share a log may finish a later event before an earlier one.
struct ReaderCheckpoint {
    Position seen;
    std::vector<Position> open{};  // ascending, none after `seen`

    friend bool operator==(const ReaderCheckpoint&, const ReaderCheckpoint&) = default;
};

}  // namespace sillok
