#include "aggregates/delivery.hpp"

#include <utility>

namespace sillok::delivery {
namespace {

using State = Delivery::State;
using Phase = Delivery::Phase;

// Why a delivery cannot do what is asked of another phase: because of where it stands.
Rejection::Reason standing(const State& state) {
    switch (state.phase) {
        case Phase::absent: return Rejection::not_prepared;
        case Phase::prepared: return Rejection::not_started;
        case Phase::started: return Rejection::already_started;
        case Phase::delivered: return Rejection::already_delivered;
        case Phase::cancelled: return Rejection::delivery_cancelled_already;
        case Phase::returned: return Rejection::already_returned;
        case Phase::recalled: return Rejection::already_recalled;
    }
    std::unreachable();
}

Decision<Delivery> decide(const State& state, const command::Prepare& prepare) {
    if (state.phase != Phase::absent) return rejected(Rejection::delivery_exists);
    return happened<Delivery>(event::Prepared{prepare.customer, prepare.address});
}

Decision<Delivery> decide(const State& state, const command::Start& start) {
    if (state.phase != Phase::prepared) return rejected(standing(state));
    return happened<Delivery>(event::Started{state.customer, start.carrier, start.tracking_number});
}

Decision<Delivery> decide(const State& state, const command::Complete&) {
    if (state.phase != Phase::started && state.phase != Phase::recalled) return rejected(standing(state));
    return happened<Delivery>(event::Completed{state.customer});
}

Decision<Delivery> decide(const State& state, const command::Cancel&) {
    if (state.phase == Phase::prepared) return happened<Delivery>(event::Cancelled{state.customer});
    if (state.phase == Phase::started) return happened<Delivery>(event::Recalled{state.customer});
    return rejected(standing(state));
}

Decision<Delivery> decide(const State& state, const command::Return&) {
    if (state.phase == Phase::recalled) return happened<Delivery>(event::Cancelled{state.customer});
    if (state.phase != Phase::started && state.phase != Phase::delivered) return rejected(standing(state));
    return happened<Delivery>(event::Returned{state.customer});
}

bool fits(Phase phase, const event::Prepared&) { return phase == Phase::absent; }
bool fits(Phase phase, const event::Started&) { return phase == Phase::prepared; }
bool fits(Phase phase, const event::Completed&) { return phase == Phase::started || phase == Phase::recalled; }
// Older programs cancelled a started delivery without calling it back first.
bool fits(Phase phase, const event::Cancelled&) {
    return phase == Phase::prepared || phase == Phase::started || phase == Phase::recalled;
}
bool fits(Phase phase, const event::Returned&) { return phase == Phase::started || phase == Phase::delivered; }
bool fits(Phase phase, const event::Recalled&) { return phase == Phase::started; }

void evolve(State& state, const event::Prepared& prepared) {
    state = {.phase = Phase::prepared, .customer = prepared.customer, .carrier = {}, .tracking_number = {}};
}

void evolve(State& state, const event::Started& started) {
    state.phase = Phase::started;
    state.carrier = started.carrier;
    state.tracking_number = started.tracking_number;
}

void evolve(State& state, const event::Completed&) { state.phase = Phase::delivered; }

void evolve(State& state, const event::Cancelled&) { state.phase = Phase::cancelled; }

void evolve(State& state, const event::Returned&) { state.phase = Phase::returned; }

void evolve(State& state, const event::Recalled&) { state.phase = Phase::recalled; }

}  // namespace

Decision<Delivery> Delivery::decide(const State& state, const Command& command) {
    return std::visit([&state](const auto& one) { return delivery::decide(state, one); }, command);
}

bool Delivery::follows(const State& state, const Event& event) { return delivery::follows(state.phase, event); }

bool follows(Delivery::Phase phase, const Delivery::Event& event) {
    return std::visit([phase](const auto& one) { return fits(phase, one); }, event);
}

Delivery::State Delivery::evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { delivery::evolve(state, one); }, event);
    return state;
}

std::string_view text(Delivery::Phase phase) {
    switch (phase) {
        case Phase::absent: return "absent";
        case Phase::prepared: return "prepared";
        case Phase::started: return "started";
        case Phase::delivered: return "delivered";
        case Phase::cancelled: return "cancelled";
        case Phase::returned: return "returned";
        case Phase::recalled: return "recalled";
    }
    return "unknown";
}

}  // namespace sillok::delivery
