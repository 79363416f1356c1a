#include "sagas/engine/checkpoint_keeper.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace sillok::saga {

PendingWork CheckpointKeeper::load() {
    auto loaded = checkpoint_.load();
    if (!loaded || loaded->position.value == 0) return {};
    const auto at = loaded->position;
    if (at <= store_.head()) {
        const auto event = store_.read_log(Position{at.value - 1}, 1);
        if (!event.empty() && event.front().chain_hash == loaded->chain_hash) {
            saved_ = at;
            return *std::move(loaded);
        }
    }
    spdlog::warn("the saga checkpoint at {} is of another log: reading this one from its beginning", at.value);
    return {};
}

void CheckpointKeeper::save_if_due(const PendingWork& known) {
    if (is_behind(known) && std::chrono::steady_clock::now() - last_save_ >= interval_) save(known);
}

void CheckpointKeeper::save(const PendingWork& known) {
    last_save_ = std::chrono::steady_clock::now();
    if (!is_behind(known)) return;
    if (checkpoint_.save(known))
        saved_ = known.position;
    else
        spdlog::warn("the saga checkpoint could not be written; the next start reads from {} on", saved_.value);
}

}  // namespace sillok::saga
