// How an event store uses memory, and which thread writes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sillok {

struct EventStoreOptions {
    std::size_t waiting_bytes_max = 64u << 20;  // accepted and not durable yet; beyond it: errc::overloaded
    std::size_t recent_bytes_max = 64u << 20;   // the newest events, kept in memory for subscriptions
    std::size_t heads_max = 200'000;            // stream heads kept in memory
    std::size_t commands_max = 100'000;         // newest command ids kept in memory
    bool hashing = true;                        // false for measuring only: a log written without does not verify
    enum class Writer : std::uint8_t { own_thread, caller } writer = Writer::own_thread;
};

}  // namespace sillok
