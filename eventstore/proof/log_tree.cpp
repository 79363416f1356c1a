#include "eventstore/proof/log_tree.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/storage/record.hpp"

namespace sillok {

namespace {

constexpr std::uint64_t block_leaves = 1u << LogTree::stored_level;

Recorded read_or_throw(Position position, std::string_view bytes) {
    const auto event = record::read(position, bytes);
    if (!event) throw StorageError("position " + std::to_string(position.value) + ": " + event.error().what);
    return *event;
}

}  // namespace

merkle::NodeSource LogTree::nodes() {
    return [this](unsigned level, std::uint64_t index) { return node(level, index); };
}

Hash LogTree::node(unsigned level, std::uint64_t index) {
    if (level >= stored_level) {
        if (const auto stored = storage_->find_tree_node(level, index)) return *stored;
        throw StorageError("the tree has no node of level " + std::to_string(level) + " at " + std::to_string(index));
    }
    if (level > 0) return merkle::node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1), sha256_);
    const auto& leaves = leaves_of_block(index / block_leaves);
    const auto at = index % block_leaves;
    if (at >= leaves.size()) throw StorageError("position " + std::to_string(index + 1) + " is missing");
    return leaves[at];
}

const std::vector<Hash>& LogTree::leaves_of_block(std::uint64_t block) {
    auto [found, is_new] = blocks_.try_emplace(block);
    auto& leaves = found->second;
    // A block that was read while it was not full yet may have grown since.
    if (!is_new && leaves.size() == block_leaves) return leaves;
    auto expected = block * block_leaves + leaves.size() + 1;
    storage_->scan_log(Position{expected}, [&](Position position, std::string_view bytes) {
        if (position.value != expected) throw StorageError("position " + std::to_string(expected) + " is missing");
        leaves.push_back(merkle::leaf_hash(bytes_of(read_or_throw(position, bytes).chain_hash), sha256_));
        ++expected;
        return leaves.size() < block_leaves;
    });
    return leaves;
}

merkle::Frontier LogTree::frontier(TreeSize size) { return {size, nodes()}; }

TreeHead LogTree::head(TreeSize size) { return {size, merkle::root(size, nodes(), sha256_)}; }

InclusionProof LogTree::prove_inclusion(Position position, TreeSize size) {
    SILLOK_ASSERT(position.value > 0 && position.value <= size.value);
    InclusionProof proof{position, head(size), {}, {}, {}};
    storage_->scan_log(Position{position.value - 1}, [&](Position at, std::string_view bytes) {
        const auto event = read_or_throw(at, bytes);
        if (at < position) proof.previous_chain_hash = event.chain_hash;
        if (at == position) proof.record_body = bytes.substr(record::header_bytes);
        return at < position;
    });
    if (proof.record_body.empty()) throw StorageError("position " + std::to_string(position.value) + " is missing");
    proof.path = merkle::inclusion_path(position.value - 1, size, nodes(), sha256_);
    return proof;
}

ConsistencyProof LogTree::prove_consistency(TreeSize from, TreeSize to) {
    SILLOK_ASSERT(from.value > 0 && from <= to);
    return {head(from), head(to), merkle::consistency_path(from, to, nodes(), sha256_)};
}

}  // namespace sillok
