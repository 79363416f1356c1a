#include "projections/engine/consumed.hpp"

#include "eventstore/base/byte_order.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/log_storage.hpp"
#include "eventstore/storage/record.hpp"

namespace sillok {

namespace {

constexpr std::size_t entry_bytes = 8 + 32;
constexpr std::size_t block_events = 64;

Hash sha256(std::initializer_list<std::string_view> pieces) {
    thread_local Sha256 hash;
    return hash(pieces);
}

}  // namespace

std::expected<ConsumedChain, std::string> ConsumedChain::resume(const ProjectionCheckpoint& checkpoint,
                                                                const EventStore& log) {
    return resume(checkpoint, log.storage());
}

std::expected<ConsumedChain, std::string> ConsumedChain::resume(const ProjectionCheckpoint& checkpoint,
                                                                const LogStorage& log) {
    ConsumedChain chain;
    const auto& consumed = checkpoint.consumed;
    if (consumed.events == 0) return chain;
    const auto end = log.head().position;
    if (consumed.position > end)
        return std::unexpected("it has seen position " + std::to_string(consumed.position.value) +
                               ", but the log ends at " + std::to_string(end.value));
    if (consumed.events != consumed.position.value)
        return std::unexpected("up to position " + std::to_string(consumed.position.value) + " it has consumed " +
                               std::to_string(consumed.events) + " events");
    const auto after_fold = (consumed.events - 1) % block_events + 1;
    chain.position_ = Position{consumed.position.value - after_fold};
    chain.events_ = consumed.events - after_fold;
    chain.fold_ = checkpoint.fold;
    log.scan_log(next(chain.position_), [&](Position position, std::string_view bytes) {
        const auto event = record::read(position, bytes);
        if (event) chain.add(*event);
        return event && position < consumed.position;
    });
    if (chain.checkpoint() != checkpoint)
        return std::unexpected("up to position " + std::to_string(consumed.position.value) +
                               " it has seen other events than this log holds");
    return chain;
}

void ConsumedChain::add(const Recorded& event) {
    if (block_.size() == block_events * entry_bytes) {
        fold_ = sha256({bytes_of(fold_), block_});
        block_.clear();
    }
    const auto end = block_.size();
    block_.resize(end + 8);
    put_big_endian(block_.data() + end, event.position.value);
    block_ += bytes_of(event.chain_hash);
    position_ = event.position;
    ++events_;
}

ProjectionCheckpoint ConsumedChain::checkpoint() const {
    if (events_ == 0) return {};
    return {{position_, events_, sha256({bytes_of(fold_), block_})}, fold_};
}

}  // namespace sillok
