// Passwords are stored as scrypt hashes with a random salt (RFC 7914). A hash takes about 100 ms and 32 MiB on
// purpose, so it is computed on a thread of its own.
//
// Bounds:  one thread. A request is refused while waiting_max others wait.
// Threads: any thread may call any member; a coroutine continues on its own executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sillok::api {

// "$scrypt$ln=15,r=8,p=3$<salt>$<hash>", salt and hash in base64. Blocks. Throws if OpenSSL fails.
std::string hash_password(std::string_view password);
// Whether the hash is one of this password. Blocks.
bool password_matches(std::string_view password, std::string_view hash);

class PasswordHashing {
   public:
    static constexpr std::size_t waiting_max = 64;

    PasswordHashing() = default;
    ~PasswordHashing() { workers_.join(); }

    // Returns nothing while waiting_max others wait.
    boost::asio::awaitable<std::optional<std::string>> hash(std::string password);

   private:
    std::atomic<std::size_t> waiting_ = 0;
    boost::asio::thread_pool workers_{1};
};

}  // namespace sillok::api
