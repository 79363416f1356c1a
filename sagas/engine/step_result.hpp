// Turns an aggregate's decision into the result of a saga's step.
#pragma once

#include "aggregates/decider.hpp"
#include "eventstore/base/uuid.hpp"
#include "sagas/engine/saga_decisions.hpp"

#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sillok::saga {

StepResult done(std::string detail = {});
StepResult refusal(const Rejection& refused);
// Done also if the command was refused because its effect is there already: for one of the reasons in `done_already`.
StepResult answer_of(const std::expected<void, Rejection>& decided,
                     std::initializer_list<Rejection::Reason> done_already);

// The id of a further command for the same intent. It follows from the intent's id, so a repetition has the same one.
Uuid further_id(const Uuid& command_id, std::string_view purpose);

}  // namespace sillok::saga
