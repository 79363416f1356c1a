// An address and port that are taken and not listened on yet, so that a program can take them before it makes anything
// else: until a listener (listener.hpp) has it, connections are refused.
#pragma once

#include <cstdint>
#include <string>

namespace sillok::api {

class BoundPort {
   public:
    // Port 0 takes a free one. Throws std::runtime_error with a sentence where it cannot be had.
    BoundPort(const std::string& address, std::uint16_t port);
    ~BoundPort();
    BoundPort(BoundPort&& other) noexcept;
    BoundPort& operator=(BoundPort&&) = delete;

    // The socket, which is the caller's from now on.
    [[nodiscard]] int release();

   private:
    int socket_;
};

}  // namespace sillok::api
