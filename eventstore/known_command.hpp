// The log's entry for a command id.
#pragma once

#include "eventstore/position.hpp"

#include <cstdint>
#include <string>

namespace sillok {

struct KnownCommand {
    Position first;            // of its events; without events: the log's last position at that time
    std::uint32_t events = 0;  // how many events the commit has
    std::string receipt;       // empty: none
};

}  // namespace sillok
