// SHA-256 of one or more pieces, through OpenSSL.
//
// Speed:   each event costs three hashes of one to a few blocks (chain, leaf, node), so the fixed cost of a call
//          counts. OpenSSL's oldest interface has the smallest: no context to allocate, no algorithm to look up.
// Threads: any thread may call any member.
#pragma once

#include "eventstore/base/hash.hpp"

#include <initializer_list>
#include <string_view>

namespace sillok {

class Sha256 {
   public:
    // The hash of the pieces, one after another.
    Hash operator()(std::initializer_list<std::string_view> pieces) const;
};

}  // namespace sillok
