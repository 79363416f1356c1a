#include "eventstore/proof/merkle.hpp"

#include "eventstore/base/assertion.hpp"

namespace sillok::merkle {

namespace {

using namespace std::string_view_literals;

// `size` leaves from `begin` on. In the recursion of RFC 9162 `begin` is always a multiple of the next power of two, so
// if `size` is a power of two, the leaves are a complete node.
struct Leaves {
    std::uint64_t begin;
    std::uint64_t size;

    // Split where the RFC splits: the left part is the largest power of two that is smaller than the whole.
    [[nodiscard]] std::uint64_t split() const { return std::bit_floor(size - 1); }
    [[nodiscard]] Leaves left() const { return {begin, split()}; }
    [[nodiscard]] Leaves right() const { return {begin + split(), size - split()}; }
};

// The tree's hashes, and the hasher that joins them.
struct Tree {
    const NodeSource& node;
    Sha256& sha256;

    [[nodiscard]] Hash hash(Leaves leaves) const {
        if (std::has_single_bit(leaves.size))
            return node(static_cast<unsigned>(std::countr_zero(leaves.size)), leaves.begin / leaves.size);
        return node_hash(hash(leaves.left()), hash(leaves.right()), sha256);
    }
};

}  // namespace

Hash leaf_hash(std::string_view data, Sha256& sha256) { return sha256({"\0"sv, data}); }

Hash node_hash(const Hash& left, const Hash& right, Sha256& sha256) {
    return sha256({"\1"sv, bytes_of(left), bytes_of(right)});
}

Frontier::Frontier(TreeSize size, const NodeSource& node) : size_(size) {
    std::uint64_t begin = 0;
    for (auto rest = size.value; rest != 0;) {
        const auto leaves = std::bit_floor(rest);
        peaks_.push_back(node(static_cast<unsigned>(std::countr_zero(leaves)), begin / leaves));
        begin += leaves;
        rest -= leaves;
    }
}

Hash Frontier::root(Sha256& sha256) const {
    if (peaks_.empty()) return sha256({});
    auto hash = peaks_.back();
    for (auto peak = peaks_.size() - 1; peak-- > 0;) hash = node_hash(peaks_[peak], hash, sha256);
    return hash;
}

Hash root(TreeSize size, const NodeSource& node, Sha256& sha256) {
    if (size.value == 0) return sha256({});
    return Tree{node, sha256}.hash({0, size.value});
}

std::vector<Hash> inclusion_path(std::uint64_t leaf, TreeSize size, const NodeSource& node, Sha256& sha256) {
    SILLOK_ASSERT(leaf < size.value);
    const Tree tree{node, sha256};
    std::vector<Hash> path;
    for (Leaves leaves{0, size.value}; leaves.size > 1;) {
        const bool in_left = leaf < leaves.begin + leaves.split();
        path.push_back(tree.hash(in_left ? leaves.right() : leaves.left()));
        leaves = in_left ? leaves.left() : leaves.right();
    }
    return {path.rbegin(), path.rend()};  // the RFC lists from the leaf upwards
}

std::vector<Hash> consistency_path(TreeSize from, TreeSize to, const NodeSource& node, Sha256& sha256) {
    SILLOK_ASSERT(from.value > 0 && from <= to);
    const Tree tree{node, sha256};
    std::vector<Hash> path;
    Leaves leaves{0, to.value};
    while (leaves.begin + leaves.size != from.value) {
        const bool in_left = from.value <= leaves.begin + leaves.split();
        path.push_back(tree.hash(in_left ? leaves.right() : leaves.left()));
        leaves = in_left ? leaves.left() : leaves.right();
    }
    // If the old tree is itself a node of the new one, its hash is the old root, which the verifier knows.
    if (leaves.begin != 0) path.push_back(tree.hash(leaves));
    return {path.rbegin(), path.rend()};
}

}  // namespace sillok::merkle
