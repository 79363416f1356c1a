#include "eventstore/writer/sealer.hpp"

#include "eventstore/storage/record.hpp"

namespace sillok {

Sealer::Sealer(const LogStorage& storage, Hashing hashing) : hashing_(hashing) {
    const auto head = storage.head();
    chain_ = head.chain_hash;
    if (hashing == Hashing::on) frontier_ = LogTree{storage}.frontier(TreeSize{head.position.value});
}

std::shared_ptr<const SealedGroup> Sealer::seal(OpenGroup& group) {
    auto sealed = std::make_shared<SealedGroup>();
    sealed->records = std::move(group.records);
    sealed->events.reserve(group.events.size());
    for (const auto& placed : group.events) {
        char* bytes = sealed->records.data() + placed.offset;
        seal_record(bytes, placed.length, *sealed);
        sealed->events.push_back(record::view_sealed({bytes, placed.length}));
    }
    return sealed;
}

void Sealer::seal_record(char* bytes, std::size_t length, SealedGroup& sealed) {
    if (hashing_ == Hashing::on) chain_ = record::chain_hash(chain_, {bytes, length}, sha256_);
    record::seal(bytes, length, chain_);
    if (hashing_ == Hashing::off) return;
    frontier_.add(merkle::leaf_hash(bytes_of(chain_), sha256_), sha256_, [&](const TreeNode& node) {
        if (is_stored(node)) sealed.tree_nodes.push_back(node);
    });
}

}  // namespace sillok
