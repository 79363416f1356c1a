#include "sagas/engine/wait_states.hpp"

#include "eventstore/base/assertion.hpp"

namespace sillok::saga {

using namespace wait;

bool WaitStates::is_queued(const std::string& stream) const {
    const auto found = states_.find(stream);
    return found != states_.end() && std::holds_alternative<Queued>(found->second);
}

void WaitStates::change(const std::string& stream, const WaitState& to, Source source) {
    if (std::holds_alternative<Idle>(to)) {
        const auto found = states_.find(stream);
        if (found == states_.end()) return;
        const auto from = found->second;
        states_.erase(found);
        leave(stream, from, source);
    } else {
        [[maybe_unused]] const bool was_idle = states_.emplace(stream, to).second;
        SILLOK_ASSERT(was_idle);
        enter(stream, to);
    }
    SILLOK_ASSERT(queued_ == gate_.size());
    SILLOK_ASSERT(timed_ == timers_.retries());
}

void WaitStates::leave(const std::string& stream, const WaitState& state, Source source) {
    if (std::holds_alternative<Queued>(state)) {
        --queued_;
        if (source == Source::present) gate_.remove(stream);
    } else if (const auto* until = std::get_if<Until>(&state)) {
        --timed_;
        if (source == Source::present) timers_.cancel_retry(stream, until->time);
    }
}

void WaitStates::enter(const std::string& stream, const WaitState& state) {
    if (const auto* queued = std::get_if<Queued>(&state)) {
        ++queued_;
        gate_.enqueue(stream, queued->call);
    } else if (const auto* until = std::get_if<Until>(&state)) {
        ++timed_;
        timers_.set_retry(stream, until->time);
    }
}

}  // namespace sillok::saga
