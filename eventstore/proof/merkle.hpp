// The Merkle tree of RFC 9162, section 2.1. One hash, the root, depends on every leaf; a few hashes prove that a leaf
// is in the tree, or that one tree is the beginning of another.
//
// A node of level l and index i covers the 2^l leaves from i * 2^l on. Only complete nodes have such a name; the right
// edge of a tree of any size is computed from them.
//
// Pure: the caller supplies the hashes of complete nodes.
#pragma once

#include "eventstore/base/sha256.hpp"
#include "eventstore/base/strong.hpp"

#include <bit>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace sillok {

// The number of leaves of a tree.
using TreeSize = Strong<struct TreeSizeTag, std::uint64_t>;

struct TreeNode {
    unsigned level = 0;
    std::uint64_t index = 0;
    Hash hash{};
    friend bool operator==(const TreeNode&, const TreeNode&) = default;
};

namespace merkle {

Hash leaf_hash(std::string_view data, Sha256& sha256);                // SHA-256(0x00, data)
Hash node_hash(const Hash& left, const Hash& right, Sha256& sha256);  // SHA-256(0x01, left, right)

// The hash of a complete node; level 0 are the leaf hashes.
using NodeSource = std::function<Hash(unsigned level, std::uint64_t index)>;

// The part of a tree needed to add a leaf and to compute the root: its largest complete nodes, left to right.
// Threads: one at a time.
class Frontier {
   public:
    Frontier() = default;
    // Continues a tree of `size` leaves.
    Frontier(TreeSize size, const NodeSource& node);

    [[nodiscard]] TreeSize size() const { return size_; }
    [[nodiscard]] Hash root(Sha256& sha256) const;

    // Adds one leaf; calls `completed(TreeNode)` for every node above the leaves that it completes, lowest first.
    template <class Completed>
    void add(const Hash& leaf, Sha256& sha256, Completed&& completed) {
        auto hash = leaf;
        unsigned level = 0;
        for (; (size_.value >> level & 1) != 0; ++level) {
            hash = node_hash(peaks_.back(), hash, sha256);
            peaks_.pop_back();
            completed(TreeNode{level + 1, size_.value >> (level + 1), hash});
        }
        peaks_.push_back(hash);
        ++size_.value;
    }

   private:
    TreeSize size_;
    std::vector<Hash> peaks_;  // one for each set bit of size_, the highest bit first
};

// The root of the tree of the first `size` leaves.
Hash root(TreeSize size, const NodeSource& node, Sha256& sha256);

// PATH(leaf, D[size]) of section 2.1.3.1. REQUIRES: leaf < size.
std::vector<Hash> inclusion_path(std::uint64_t leaf, TreeSize size, const NodeSource& node, Sha256& sha256);

// PROOF(from, D[to]) of section 2.1.4.1; empty if both are the same tree. REQUIRES: 0 < from <= to.
std::vector<Hash> consistency_path(TreeSize from, TreeSize to, const NodeSource& node, Sha256& sha256);

}  // namespace merkle
}  // namespace sillok
