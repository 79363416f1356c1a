// Seals what the sequencer laid out: each record gets its chain hash and checksum, and the Merkle tree over the log
// (log_tree.hpp) gets the record's leaf.
//
// Order:   groups are sealed in the order in which the sequencer opened them.
// Threads: one at a time.
#pragma once

#include "eventstore/event.hpp"
#include "eventstore/proof/log_tree.hpp"
#include "eventstore/writer/open_group.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sillok {

// The events that one synced write makes durable, and their memory.
struct SealedGroup {
    std::string records;
    std::vector<Recorded> events;      // views into `records`
    std::vector<TreeNode> tree_nodes;  // the nodes completed by these events that storage keeps
};

class Sealer {
   public:
    // off is for measuring the cost of hashing: chain hashes are zeros, and the tree stays empty.
    enum class Hashing { on, off };

    // Continues where the storage ends. Throws StorageError if the log and its tree do not fit together.
    explicit Sealer(const LogStorage& storage, Hashing hashing = Hashing::on);

    // Moves the records out of the group; the index entries stay in it.
    std::shared_ptr<const SealedGroup> seal(OpenGroup& group);

   private:
    void seal_record(char* bytes, std::size_t length, SealedGroup& sealed);

    const Hashing hashing_;
    Sha256 sha256_;
    Hash chain_;  // of the last sealed record
    merkle::Frontier frontier_;
};

}  // namespace sillok
