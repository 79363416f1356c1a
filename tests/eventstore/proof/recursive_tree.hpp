// The hashes of a Merkle tree as RFC 9162, section 2.1.1 defines them, from all leaves, by its recursion and nothing
// else: what the code under test is compared with.
#pragma once

#include "eventstore/base/sha256.hpp"

#include <span>
#include <string>
#include <vector>

namespace sillok {

using LeafData = std::vector<std::string>;

inline Hash recursive_root(std::span<const std::string> leaves) {
    const Sha256 sha256;
    const std::string zero(1, '\0');
    if (leaves.empty()) return sha256({});
    if (leaves.size() == 1) return sha256({zero, leaves[0]});
    std::size_t half = 1;
    while (half * 2 < leaves.size()) half *= 2;
    const auto left = recursive_root(leaves.first(half));
    const auto right = recursive_root(leaves.subspan(half));
    return sha256({"\1", bytes_of(left), bytes_of(right)});
}

}  // namespace sillok
