// The Merkle tree over a log: leaf number p - 1 is the chain hash of position p, so a leaf binds its event and
// everything before it.
//
// Complete nodes of stored_level and above are kept in storage, written with the events that complete them;
// what lies below is computed from the records, at most 2^stored_level of them at a time.
//
// Threads: one at a time; a LogTree is cheap to make.
// Errors:  StorageError where storage does not hold what the tree's size says it must.
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

// That the event at `position` is in the log, for whoever knows the root: SHA-256(previous_chain_hash, record_body)
// is its chain hash, that is the leaf, and the path leads from the leaf to the root.
struct InclusionProof {
    Position position;
    TreeHead tree;
    Hash previous_chain_hash{};  // zeros at position 1
    std::string record_body;     // record.hpp has its layout
    std::vector<Hash> path;
};

// That the log of `to` is the log of `from`, and events after it.
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

    // REQUIRES, for all of them: the log has so many events.
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
    std::map<std::uint64_t, std::vector<Hash>> blocks_;  // leaf hashes by 2^stored_level, as far as they were needed
};

// What is stored of a tree beside a record that completes nodes.
inline bool is_stored(const TreeNode& node) { return node.level >= LogTree::stored_level; }

}  // namespace sillok
