// What an operator does to a saga, and what comes of it.
#pragma once

#include "aggregates/command_processor.hpp"
#include "eventstore/commit.hpp"
#include "sagas/engine/interventions.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace sillok {

// An operator's request, and how it is to stand in the log.
struct SagaIntervention {
    std::string stream;  // "saga-fulfilment-o1"
    saga::Intervention what;
    Metadata metadata;                  // who, when, under which command id
    std::optional<Version> if_match{};  // only while the journal is at this version
    // Makes the receipt to be kept with the command id; none: nothing is kept.
    std::function<std::string(const saga::event::Intervened&, Version)> receipt{};
};
struct SagaIntervened {
    saga::event::Intervened event;
    Version version;  // of the journal, with what followed at once
    Position position;
};
// Refused, or the log takes nothing any more.
using InterventionError = std::variant<saga::InterventionRefused, PreconditionFailed, errc>;

}  // namespace sillok
