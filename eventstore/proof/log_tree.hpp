// The Merkle tree over a log. Leaf number p - 1 is the chain hash of position p, so a leaf binds its event and
// everything before it.
//
// Complete nodes of stored_level and above are stored, in the same write as the events that complete them. The nodes
// below are computed from the records, at most 2^stored_level of them at a time.
//
// Errors:  StorageError where storage lacks what a tree of this size must have.
// Threads: one at a time; a LogTree is cheap to make.
#pragma once

#include "eventstore/proof/merkle.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sillok {

struct TreeHead {
    TreeSize size;
    Hash root{};
    friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// Proves to a reader who knows the root that the event at `position` is in the log: SHA-256(previous_chain_hash,
// record_body) is its chain hash, which is the leaf, and the path leads from the leaf to the root.
struct InclusionProof {
    Position position;
    TreeHead tree;
    Hash previous_chain_hash{};  // zeros at position 1
    std::string record_body;     // record.hpp has its layout
    std::vector<Hash> path;
};

// Proves that the log of `to` is the log of `from` with further events.
struct ConsistencyProof {
    TreeHead from;
    TreeHead to;
    std::vector<Hash> path;
};

class LogTree {
   public:
    static constexpr unsigned stored_level = 8;

    // REQUIRES: the storage outlives the tree.
    explicit LogTree(const LogStorage& storage) : storage_(&storage) {}

    // REQUIRES, for all of them: the log has at least `size` (or `to`) events.
    merkle::Frontier frontier(TreeSize size);
    TreeHead head(TreeSize size);
    // REQUIRES: 0 < position <= size.
    InclusionProof prove_inclusion(Position position, TreeSize size);
    // REQUIRES: 0 < from <= to.
    ConsistencyProof prove_consistency(TreeSize from, TreeSize to);

   private:
    [[nodiscard]] merkle::NodeSource nodes();
    Hash node(unsigned level, std::uint64_t index);
    const std::vector<Hash>& leaves_of_block(std::uint64_t block);

    const LogStorage* storage_;
    Sha256 sha256_;
    std::map<std::uint64_t, std::vector<Hash>>
        blocks_;  // leaf hashes by blocks of 2^stored_level, as far as they were needed
};

// Whether a completed node is stored.
inline bool is_stored(const TreeNode& node) { return node.level >= LogTree::stored_level; }

}  // namespace sillok
