// What goes wrong in a simulated run, and how often; and the deliberate bugs that show that a run can fail.
#pragma once

#include <cstdint>
#include <string_view>

namespace sillok::simulation {

// Rates of 0 ... 1, of the occasions named.
struct FaultRates {
    double crash = 0.004;            // per write of the log: before it, or after it and before anybody hears of it
    double disk_full = 0.0004;       // per write: it fails, and so does every later one until the next start
    double call_lost = 0.02;         // per message to the provider
    double answer_lost = 0.03;       // per answer of the provider
    double call_doubled = 0.02;      // a message to the provider arrives twice, the second time whenever it likes
    double late = 0.02;              // a message takes minutes
    double declined = 0.05;          // per authorisation
    double provider_error = 0.02;    // the provider says that something is wrong, and has done nothing
    double notice = 0.5;             // per booking: the provider tells of it of its own accord, too
    double notice_doubled = 0.2;     // per such message: once more
    double provider_outage = 0.3;    // per run: it answers nothing for a while
    double clock_jump = 0.3;         // per run: the clock is set, forwards or back
    double saga_pause = 0.3;         // per run: sagas stand still for a while
    double command_doubled = 0.02;   // per command: it is given twice at once
    double read_model_pause = 0.02;  // per batch that a read model is to take: it takes it much later
};

constexpr FaultRates no_faults{.crash = 0,
                               .disk_full = 0,
                               .call_lost = 0,
                               .answer_lost = 0,
                               .call_doubled = 0,
                               .late = 0,
                               .declined = 0,
                               .provider_error = 0,
                               .notice = 0,
                               .notice_doubled = 0,
                               .provider_outage = 0,
                               .clock_jump = 0,
                               .saga_pause = 0,
                               .command_doubled = 0,
                               .read_model_pause = 0};

// Each is a bug put in on purpose, to be found by what a run checks.
enum class InjectedBug : std::uint8_t {
    none,
    compensation_dropped,      // stock that was reserved is not given back
    turning_forgotten,         // a saga that should turn says that it has ended, and undoes nothing
    retry_with_fresh_id,       // an attempt gets a command id of its own
    unknown_is_refused,        // no answer is taken for a no
    unknown_is_done,           // no answer is taken for a yes
    refusal_is_done,           // a declined payment is taken for an authorised one
    capture_forgotten,         // the saga ends where it should capture
    cancellation_unheard,      // fulfilment does not stop when the order is being cancelled
    intent_not_durable,        // the provider is called before the intent is on disk
    intents_forgotten,         // after a crash open intents are not taken up
    triggers_forgotten,        // after a crash events that nobody has answered are not answered
    answer_before_disk,        // a client is told of what is not durable yet
    disk_forgets,              // a write that was acknowledged is gone after a crash
    checkpoint_ahead,          // after a crash a read model goes on further on than its rows are
    checkpoint_behind,         // after a crash a read model takes events again that its rows have taken
    client_with_fresh_id,      // a client that repeats a command gives it another id
    question_keeps_key_alive,  // the provider carries out a call of which it has said that it never came
    provider_not_idempotent,   // the provider books a repeated call a second time
};
constexpr InjectedBug last_injected_bug = InjectedBug::provider_not_idempotent;
std::string_view text(InjectedBug injected_bug);

}  // namespace sillok::simulation
