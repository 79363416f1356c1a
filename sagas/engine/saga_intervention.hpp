// An operator's request to a saga, and its result.
#pragma once

#include "aggregates/command_processor.hpp"
#include "eventstore/commit.hpp"
#include "sagas/engine/interventions.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace sillok {

struct SagaIntervention {
    std::string stream;  // "saga-fulfilment-o1"
    saga::Intervention what;
    Metadata metadata;                // who, when, under which command id
    std::vector<Version> if_match{};  // the journal must be at one of these versions; empty: at any
    // Makes the receipt that is stored with the command id. Empty: no receipt is stored.
    std::function<std::string(const saga::event::Intervened&, Version)> receipt{};
};
struct SagaIntervened {
    saga::event::Intervened event;
    Version version;  // of the journal, with the events that followed in the same commit
    Position position;
};
// The request was refused, or the log accepts nothing any more.
using InterventionError = std::variant<saga::InterventionRefused, PreconditionFailed, errc>;

}  // namespace sillok
