#include "tools/simulation/faults.hpp"

#include <utility>

namespace sillok::simulation {

std::string_view text(InjectedBug injected_bug) {
    switch (injected_bug) {
        case InjectedBug::none: return "none";
        case InjectedBug::compensation_dropped: return "compensation-dropped";
        case InjectedBug::turning_forgotten: return "turning-forgotten";
        case InjectedBug::retry_with_fresh_id: return "retry-with-fresh-id";
        case InjectedBug::unknown_is_refused: return "unknown-is-refused";
        case InjectedBug::unknown_is_done: return "unknown-is-done";
        case InjectedBug::refusal_is_done: return "refusal-is-done";
        case InjectedBug::capture_forgotten: return "capture-forgotten";
        case InjectedBug::cancellation_unheard: return "cancellation-unheard";
        case InjectedBug::intent_not_durable: return "intent-not-durable";
        case InjectedBug::intents_forgotten: return "intents-forgotten";
        case InjectedBug::triggers_forgotten: return "triggers-forgotten";
        case InjectedBug::answer_before_disk: return "answer-before-disk";
        case InjectedBug::disk_forgets: return "disk-forgets";
        case InjectedBug::checkpoint_ahead: return "checkpoint-ahead";
        case InjectedBug::checkpoint_behind: return "checkpoint-behind";
        case InjectedBug::client_with_fresh_id: return "client-with-fresh-id";
        case InjectedBug::question_keeps_key_alive: return "question-keeps-key-alive";
        case InjectedBug::provider_not_idempotent: return "provider-not-idempotent";
        case InjectedBug::recall_not_awaited: return "recall-not-awaited";
        case InjectedBug::arrival_unseen: return "arrival-unseen";
        case InjectedBug::return_unsaid: return "return-unsaid";
        case InjectedBug::answer_not_compared: return "answer-not-compared";
        case InjectedBug::capture_refusal_is_done: return "capture-refusal-is-done";
        case InjectedBug::capture_key_reused: return "capture-key-reused";
        case InjectedBug::free_order_charged: return "free-order-charged";
        case InjectedBug::wall_clock_timers: return "wall-clock-timers";
        case InjectedBug::last_time_forgotten: return "last-time-forgotten";
        case InjectedBug::returned_twice: return "returned-twice";
        case InjectedBug::unreadable_halts_all: return "unreadable-halts-all";
    }
    std::unreachable();
}

}  // namespace sillok::simulation
