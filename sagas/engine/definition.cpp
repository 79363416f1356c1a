#include "sagas/engine/definition.hpp"

#include <algorithm>

namespace sillok::saga {
namespace {

const Step* find_step(const Definition& definition, std::string_view name) {
    for (const auto steps : {definition.steps, definition.closing, definition.turn_closing})
        if (const auto step = std::ranges::find(steps, name, &Step::name); step != steps.end()) return &*step;
    return nullptr;
}

}  // namespace

const Definition* find_version(const Definition& newest, std::string_view name, std::uint32_t version) {
    for (const auto* definition = &newest; definition != nullptr; definition = definition->previous)
        if (definition->name == name && definition->version == version) return definition;
    return nullptr;
}

std::optional<Act> act_of(const Definition& definition, std::string_view step, Direction direction) {
    const auto* found = find_step(definition, step);
    if (found == nullptr) return definition.previous ? act_of(*definition.previous, step, direction) : std::nullopt;
    return direction == Direction::forward ? found->forward : found->compensation;
}

bool has_step(const Definition& definition, std::string_view name) { return find_step(definition, name) != nullptr; }

bool has_compensations(const Definition& definition) {
    return std::ranges::any_of(definition.steps, [](const Step& step) { return step.compensation.has_value(); });
}

std::size_t pivot_of(const Definition& definition) {
    const auto pivot = std::ranges::find(definition.steps, StepKind::pivot, &Step::kind);
    return static_cast<std::size_t>(pivot - definition.steps.begin());
}

bool listens_to_sagas(const Definition& definition) {
    return std::ranges::any_of(definition.steps, [](const Step& step) { return is_journal_event(step.after); });
}

}  // namespace sillok::saga
