// Why a saga that has an open intent does not act now. Each saga has one wait state, and only this class changes it.
//
// The queue of the provider gate and the retry timers follow from the wait states; that they agree is asserted after
// every change.
// Threads: one at a time.
#pragma once

#include "eventstore/base/clock.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/provider_gate.hpp"
#include "sagas/engine/timers.hpp"

#include <cstddef>
#include <string>
#include <variant>

namespace sillok::saga {

namespace wait {
struct Idle {};      // it does not wait
struct InFlight {};  // for the response to a call
struct Queued {      // for its turn to make this call to the provider
    CallTraits call{};
};
struct Until {  // for its next attempt
    Timestamp time;
};
}  // namespace wait
using WaitState = std::variant<wait::Idle, wait::InFlight, wait::Queued, wait::Until>;

class WaitStates {
   public:
    // REQUIRES: the gate and the timers outlive the wait states, and nobody else enqueues, removes, or sets a retry.
    WaitStates(ProviderGate& gate, Timers& timers) : gate_(gate), timers_(timers) {}

    [[nodiscard]] bool is_idle(const std::string& stream) const { return !states_.contains(stream); }
    [[nodiscard]] bool is_queued(const std::string& stream) const;
    // REQUIRES: the saga is idle.
    void begin(const std::string& stream, const WaitState& state) { change(stream, state, Source::present); }
    // Makes the saga idle. It leaves the queue; its retry timer is cancelled. A response that still comes is ignored.
    void stop(const std::string& stream) { change(stream, wait::Idle{}, Source::present); }
    // The same, after the gate or the timers have taken the saga out themselves.
    void released(const std::string& stream) { change(stream, wait::Idle{}, Source::gone); }

   private:
    enum class Source : bool { gone, present };  // whether the queue or the timers still hold the saga

    void change(const std::string& stream, const WaitState& to, Source source);
    void leave(const std::string& stream, const WaitState& state, Source source);
    void enter(const std::string& stream, const WaitState& state);

    ProviderGate& gate_;
    Timers& timers_;
    ByStream<WaitState> states_;  // of the sagas that are not idle
    std::size_t queued_ = 0;
    std::size_t timed_ = 0;
};

}  // namespace sillok::saga
