// SHA-256 of pieces, through OpenSSL; one context reused, for making one costs more than hashing an event.
// Threads: one at a time.
#pragma once

#include "eventstore/event.hpp"

#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace sillok {

class Sha256 {
   public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    // The hash of the pieces, one after another.
    Hash operator()(std::initializer_list<std::string_view> pieces);

   private:
    struct Context;
    std::unique_ptr<Context> context_;
};

inline std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

}  // namespace sillok
