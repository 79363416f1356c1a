#include "sagas/engine/step_loop.hpp"

#include "sagas/engine/saga_names.hpp"

#include <utility>
#include <variant>

namespace sillok::saga {

StepLoop::StepLoop(const Clock& clock, std::size_t aggregates_max, OwnCommands& own, ProviderCalls& provider,
                   JournalWriter& writer, ProviderGate& gate, Timers& timers, WaitStates& waits, MakeCall make_call)
    : clock_(clock),
      aggregates_max_(aggregates_max),
      own_(own),
      provider_(provider),
      writer_(writer),
      gate_(gate),
      timers_(timers),
      waits_(waits),
      make_call_(std::move(make_call)) {}

DecisionContext StepLoop::context() {
    const auto unavailable_until = gate_.unavailable_until();
    return {clock_.now(), clock_.random(), unavailable_until, provider_.key_space()};
}

Written StepLoop::advance(Instance& instance, CommitMode mode) {
    auto written = take_steps(instance, mode);
    if (written) set_expiry_timer(instance);
    return written;
}

Written StepLoop::take_steps(Instance& instance, CommitMode mode) {
    for (const auto now = context();;) {
        auto action = instance.manager->advance(instance.state, now);
        if (auto* decided = std::get_if<action::Record>(&action)) {
            // A saga that compensates or ends waits no longer for what it had begun.
            if (std::holds_alternative<event::CompensationStarted>(decided->event) ||
                std::holds_alternative<event::Ended>(decided->event))
                waits_.stop(instance.stream);
            instance.record(std::move(decided->event));
            continue;
        }
        if (std::holds_alternative<action::Wait>(action) || !waits_.is_idle(instance.stream)) break;
        const auto progress = begin(instance, action, mode);
        if (!progress) return std::unexpected(progress.error());
        if (*progress == Progress::waits) break;
    }
    return writer_.write(instance);
}

StepLoop::Begun StepLoop::begin(Instance& instance, const Action& action, CommitMode mode) {
    if (const auto* until = std::get_if<action::WaitUntil>(&action)) {
        waits_.begin(instance.stream, wait::Until{until->time});
        return Progress::waits;
    }
    const auto* request = std::get_if<action::Call>(&action);
    const auto& intent = request != nullptr ? request->intent : std::get<action::Execute>(action).intent;
    if (const auto written = make_room(instance, intent, mode); !written) return std::unexpected(written.error());
    if (request != nullptr) return call(instance, intent);
    using enum OwnCommands::Resumed;
    // An intent that is retried has been in the log before.
    const bool is_new =
        !instance.unwritten.empty() && !std::holds_alternative<event::Intervened>(instance.unwritten.front());
    settle(instance, own_.execute(instance.state, intent, is_new ? no : yes));
    return Progress::settled;
}

// Writes everything before the command, if it cannot share a commit with that.
Written StepLoop::make_room(Instance& instance, const Intent& intent, CommitMode mode) {
    const auto& unit = writer_.unit();
    const bool shares = mode == CommitMode::together && unit.size() < aggregates_max_ &&
                        !unit.has(target_of(instance.state, intent.act, intent.item));
    return shares ? Written{} : writer_.write(instance);
}

// A saga that shall stop or turn does not wait for a provider: if it was never asked, there is nothing to find out.
std::optional<StepResult> StepLoop::result_without_call(const State& state, bool may_call) {
    if (!is_in<phase::Forward>(state)) return std::nullopt;
    if (state.stop_received && provider_.was_never_asked(state))
        return StepResult{Outcome::refused, std::string{text(RefusalReason::cancellation_requested)},
                          "the payment was never asked for"};
    if ((state.stop_received || state.turn_received) && !may_call)
        return StepResult{Outcome::unknown, {}, "the payment provider is not available"};
    return std::nullopt;
}

StepLoop::Begun StepLoop::call(Instance& instance, const Intent& intent) {
    if (closed_) return Progress::waits;
    const auto traits = traits_of(instance.state, intent);
    const bool may_call = gate_.may_call(traits) || !provider_.needs_provider(instance.state, intent);
    if (const auto result = result_without_call(instance.state, may_call)) {
        settle(instance, *result);
        return Progress::settled;
    }
    if (!may_call) {
        waits_.begin(instance.stream, wait::Queued{traits});
        return Progress::waits;
    }
    auto prepared = provider_.prepare(instance.state, intent);
    if (const auto* result = std::get_if<StepResult>(&prepared)) {
        settle(instance, *result);
        return Progress::settled;
    }
    if (const auto written = writer_.write(instance); !written) return std::unexpected(written.error());
    waits_.begin(instance.stream, wait::InFlight{});
    make_call_({.stream = instance.stream,
                .command_id = intent.command_id,
                .attempt = intent.attempt,
                .request = std::get<ProviderRequest>(std::move(prepared)),
                .intended = instance.written,
                .ticket = gate_.begin(traits)});
    return Progress::waits;
}

void StepLoop::settle(Instance& instance, const StepResult& result) {
    instance.record(instance.manager->settle(instance.state, result, context()));
}

void StepLoop::record_decisions(Instance& instance) {
    for (;;) {
        auto action = instance.manager->advance(instance.state, context());
        auto* decided = std::get_if<action::Record>(&action);
        if (decided == nullptr) return;
        instance.record(std::move(decided->event));
    }
}

void StepLoop::set_expiry_timer(Instance& instance) {
    const auto expires = expires_at(instance.state);
    auto& timer = instance.expiry_timer;
    if (timer == expires && instance.is_expiry_timer_certain) return;
    if (timer && timer != expires) timers_.cancel_expiry(instance.stream, *timer);
    if (expires) timers_.set_expiry(instance.stream, *expires);
    timer = expires;
    instance.is_expiry_timer_certain = true;
}

}  // namespace sillok::saga
