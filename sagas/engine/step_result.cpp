#include "sagas/engine/step_result.hpp"

#include <algorithm>
#include <utility>

namespace sillok::saga {

StepResult done(std::string detail) { return {Outcome::done, {}, std::move(detail)}; }

StepResult refusal(const Rejection& refused) {
    return {Outcome::refused, std::string{code(refused.reason)}, std::string{sentence(refused.reason)}};
}

StepResult answer_of(const std::expected<void, Rejection>& decided,
                     std::initializer_list<Rejection::Reason> done_already) {
    if (decided) return done();
    if (std::ranges::find(done_already, decided.error().reason) != done_already.end())
        return done(std::string{code(decided.error().reason)});
    return refusal(decided.error());
}

Uuid further_id(const Uuid& command_id, std::string_view purpose) { return uuid_v8(command_id, command_id, purpose); }

}  // namespace sillok::saga
