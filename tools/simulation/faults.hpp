// The faults of a simulated run with their rates, and the bugs that can be injected to show that a run fails.
#pragma once

#include <cstdint>
#include <string_view>

namespace sillok::simulation {

// Probabilities of 0 ... 1 per occasion named.
struct FaultRates {
    double crash = 0.004;           // per write of the log: before it, or after it and before any response
    double disk_full = 0.0004;      // per write: this and every later write fails until the next start
    double call_lost = 0.02;        // per message to the provider
    double answer_lost = 0.03;      // per response of the provider
    double call_doubled = 0.02;     // a message to the provider arrives twice, the second time at a random time
    double late = 0.02;             // a message takes minutes
    double declined = 0.05;         // per authorisation
    double capture_declined = 0.2;  // per capture
    double answer_mixed_up = 0.01;  // per response: it is the one to another order's call
    double provider_error = 0.02;   // the provider responds with an error and has done nothing
    double notice = 0.5;            // per operation: the provider also sends a webhook
    double notice_doubled = 0.2;    // per webhook: it is sent twice
    double provider_outage = 0.3;   // per run: the provider does not respond for a while
    double clock_jump = 0.3;        // per run: the wall clock jumps by hours, forwards or back, for minutes or for good
    double saga_pause = 0.3;        // per run: sagas are paused for a while
    double command_doubled = 0.02;  // per command: it is sent twice at once
    double read_model_pause = 0.02;  // per batch of a read model: it is applied much later
    double unreadable = 0.2;         // per run: some stream gets an event that this program cannot read
};

constexpr FaultRates no_faults{.crash = 0,
                               .disk_full = 0,
                               .call_lost = 0,
                               .answer_lost = 0,
                               .call_doubled = 0,
                               .late = 0,
                               .declined = 0,
                               .capture_declined = 0,
                               .answer_mixed_up = 0,
                               .provider_error = 0,
                               .notice = 0,
                               .notice_doubled = 0,
                               .provider_outage = 0,
                               .clock_jump = 0,
                               .saga_pause = 0,
                               .command_doubled = 0,
                               .read_model_pause = 0,
                               .unreadable = 0};

// Each value is a bug put in on purpose. The checks of a run must find it.
enum class InjectedBug : std::uint8_t {
    none,
    compensation_dropped,      // reserved stock is not released
    turning_forgotten,         // a saga that should compensate ends and undoes nothing
    retry_with_fresh_id,       // a retry gets a new command id
    unknown_is_refused,        // a missing response counts as declined
    unknown_is_done,           // a missing response counts as approved
    refusal_is_done,           // a declined payment counts as authorised
    capture_forgotten,         // the saga ends where it should capture
    cancellation_unheard,      // fulfilment ignores a requested cancellation
    intent_not_durable,        // the provider is called before the intent is durable
    intents_forgotten,         // after a crash pending intents are not resumed
    triggers_forgotten,        // after a crash unprocessed events stay unprocessed
    answer_before_disk,        // a client gets its response before its events are durable
    disk_forgets,              // an acknowledged write is lost in a crash
    checkpoint_ahead,          // after a crash a read model's checkpoint is ahead of its rows
    checkpoint_behind,         // after a crash a read model applies events twice
    client_with_fresh_id,      // a client repeats a command under a new id
    question_keeps_key_alive,  // the provider executes a call that it has reported as never received
    provider_not_idempotent,   // the provider posts a repeated call twice
    recall_not_awaited,        // goods that were called back are on hand while they are on their way
    arrival_unseen,            // goods that arrived after all count as back
    return_unsaid,             // goods came back, and their order does not say so
    answer_not_compared,       // an answer about another order or amount counts as the answer
    capture_refusal_is_done,   // a refused capture counts as captured
    capture_key_reused,        // a refused capture is tried again with the key that was refused
    free_order_charged,        // an order that costs nothing is charged for
    wall_clock_timers,         // the sagas' time is the wall clock's
    last_time_forgotten,       // after a crash nobody knows the time of the log's last event
    returned_twice,            // the journal does not say that goods came back, so they come back again
    unreadable_halts_all,      // an event that cannot be read halts the sagas of all orders
};
constexpr InjectedBug last_injected_bug = InjectedBug::unreadable_halts_all;
std::string_view text(InjectedBug injected_bug);

}  // namespace sillok::simulation
