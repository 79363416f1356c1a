// Whether everything that a server was asked to do has been done: no order is pending, no saga owes anything, and
// the read models show it.
#pragma once

#include "tools/http_client.hpp"

#include <chrono>

namespace sillok {

// Asks again and again; false when the time is over before. A saga that waits for an operator counts as done.
bool wait_until_settled(const ServerAddress& server, std::chrono::seconds within);

}  // namespace sillok
