// SHA-256 of pieces, through OpenSSL.
//
// Each event costs three hashes of one to a few blocks (chain, leaf, node), so what a call costs besides the
// blocks counts: the oldest of OpenSSL's interfaces has no context to set up and nothing to look up.
//
// Threads: any thread may call any member.
#pragma once

#include "eventstore/event.hpp"

#include <initializer_list>
#include <string_view>

namespace sillok {

class Sha256 {
   public:
    // The hash of the pieces, one after another.
    Hash operator()(std::initializer_list<std::string_view> pieces) const;
};

inline std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

}  // namespace sillok
