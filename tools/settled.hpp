// Waits until a server has no work left: no order is pending, no saga has work to do, and the read models show it.
#pragma once

#include "tools/http_client.hpp"

#include <chrono>

namespace sillok {

// Polls the server. Returns false when the time is over first. A parked saga counts as done.
bool wait_until_settled(const ServerAddress& server, std::chrono::seconds within);

}  // namespace sillok
