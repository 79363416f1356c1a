// Spreads numbered work over several connections to a Sillok server.
#pragma once

#include "tools/http_client.hpp"

#include <cstddef>
#include <functional>

namespace sillok {

// Calls `work` once for each index from 0 to count - 1, in ascending order, on up to `connections` connections at a
// time. Returns when all work is done. The first exception ends everything and is thrown here.
// REQUIRES: `work` makes its coroutine from its arguments alone. A lambda may call a member, but must not itself be a
//           coroutine.
using ConnectionWork = std::function<asio::awaitable<void>(HttpConnection&, std::size_t index)>;
void for_each_over_http(const ServerAddress& server, std::size_t connections, std::size_t count,
                        const ConnectionWork& work);

}  // namespace sillok
