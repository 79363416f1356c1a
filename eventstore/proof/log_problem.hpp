// One difference between a log and what it must be.
#pragma once

#include "eventstore/position.hpp"

#include <optional>
#include <string>

namespace sillok {

struct LogProblem {
    std::optional<Position> position;  // the first one affected; none where no position is
    std::string stream;                // empty where no single stream is affected
    std::string what;                  // for people
};

}  // namespace sillok
