// Binds what the sequencer laid out to everything before it: each record gets its chain hash and checksum, and
// the tree over the log (log_tree.hpp) its leaf.
//
// Order:   groups are sealed in the order in which the sequencer gave them out.
// Threads: one at a time.
#pragma once

#include "eventstore/proof/log_tree.hpp"
#include "eventstore/writer/sequencer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sillok {

// The events that one synced write makes durable, and the memory they stand in.
struct SealedGroup {
    std::string records;
    std::vector<Recorded> events;      // views into `records`
    std::vector<TreeNode> tree_nodes;  // that these events complete and storage keeps
};

class Sealer {
   public:
    // For measuring what hashing costs: without it chain hashes are zeros and the tree stays empty.
    enum class Hashing { on, off };

    // Takes up where the storage ends. Throws StorageError where the log and its tree do not fit together.
    explicit Sealer(const LogStorage& storage, Hashing hashing = Hashing::on);

    // `group` keeps what storage needs besides; the result owns the records.
    std::shared_ptr<const SealedGroup> seal(OpenGroup& group);

   private:
    void seal_record(char* bytes, std::size_t length, SealedGroup& sealed);

    const Hashing hashing_;
    Sha256 sha256_;
    Hash chain_;  // of the last sealed record
    merkle::Frontier frontier_;
};

}  // namespace sillok
