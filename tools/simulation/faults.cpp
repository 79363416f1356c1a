#include "tools/simulation/faults.hpp"

#include <utility>

namespace sillok::simulation {

std::string_view text(Sabotage sabotage) {
    switch (sabotage) {
        case Sabotage::none: return "none";
        case Sabotage::compensation_dropped: return "compensation-dropped";
        case Sabotage::turning_forgotten: return "turning-forgotten";
        case Sabotage::retry_with_fresh_id: return "retry-with-fresh-id";
        case Sabotage::unknown_is_refused: return "unknown-is-refused";
        case Sabotage::unknown_is_done: return "unknown-is-done";
        case Sabotage::refusal_is_done: return "refusal-is-done";
        case Sabotage::capture_forgotten: return "capture-forgotten";
        case Sabotage::cancellation_unheard: return "cancellation-unheard";
        case Sabotage::intent_not_durable: return "intent-not-durable";
        case Sabotage::intents_forgotten: return "intents-forgotten";
        case Sabotage::triggers_forgotten: return "triggers-forgotten";
        case Sabotage::answer_before_disk: return "answer-before-disk";
        case Sabotage::disk_forgets: return "disk-forgets";
        case Sabotage::checkpoint_ahead: return "checkpoint-ahead";
        case Sabotage::checkpoint_behind: return "checkpoint-behind";
        case Sabotage::client_with_fresh_id: return "client-with-fresh-id";
        case Sabotage::question_keeps_key_alive: return "question-keeps-key-alive";
        case Sabotage::provider_not_idempotent: return "provider-not-idempotent";
    }
    std::unreachable();
}

}  // namespace sillok::simulation
