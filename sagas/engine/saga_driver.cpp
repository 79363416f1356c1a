#include "sagas/engine/saga_driver.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "eventstore/base/assertion.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/payments/payment_notice.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

namespace sillok {

using namespace saga;

namespace {

constexpr std::size_t page_events = 512;
constexpr int overtaken_max = 8;  // times in a row, by somebody who writes past the processors

// What was decided rests on an aggregate that somebody has written to past its processor; that knows it by now.
class Overtaken : public std::exception {};

// Whatever has not been written by then was not to be.
struct GivesUp {
    UnitOfWork& work;
    explicit GivesUp(UnitOfWork& of) : work(of) {}
    ~GivesUp() { work.give_up(); }
    GivesUp(const GivesUp&) = delete;
    GivesUp& operator=(const GivesUp&) = delete;
};

}  // namespace

SagaDriver::SagaDriver(EventStore& store, SagaTargets targets, const Clock& clock, SagaDriverOptions options,
                       PendingWork known, MakeCall make_call)
    : store_(store),
      clock_(clock),
      options_(options),
      make_call_(std::move(make_call)),
      errands_(store, targets, work_),
      known_(std::move(known)),
      read_before_(last_journal_event(known_.position)),
      instances_(store, options.states_max),
      line_(clock, options.breaker, options.calls_max) {}

// ---- catching up

// After the last event of any journal nothing can have been answered yet.
Position SagaDriver::last_journal_event(Position after) const {
    for (auto at = store_.head(); at > after;) {
        const auto batch = store_.read_log_back(at, page_events);
        if (batch.empty()) break;
        for (const auto& recorded : batch) {
            if (recorded.position <= after) return after;
            if (saga::manager_of(recorded.stream, options_.managers) != nullptr) return recorded.position;
        }
        at = Position{batch.back().position.value - 1};
    }
    return after;
}

// REQUIRES: a journal's name.
const Manager& SagaDriver::manager_of(std::string_view stream) const {
    return *saga::manager_of(stream, options_.managers);
}

void SagaDriver::take_in(const EventBatch& batch) {
    for (const auto& recorded : batch) known_.apply(recorded, options_.managers);
}

std::vector<SagaDriver::Owed> SagaDriver::owed() {
    // The last batch may have gone on beyond: those are sagas that have not started yet, whose journals are absent.
    read_before_ = std::max(read_before_, known_.position);
    std::vector<Owed> owed;
    for (const auto& [stream, positions] : known_.unanswered)
        for (const auto at : positions) owed.push_back({at, stream});
    std::ranges::sort(owed, {}, &Owed::trigger);
    const auto triggers = owed.size();
    for (const auto& stream : known_.open) owed.push_back({Position{}, stream});
    for (const auto& stream : known_.parked)  // their time runs out, too
        if (!known_.open.contains(stream)) owed.push_back({Position{}, stream});
    std::ranges::sort(owed.begin() + static_cast<std::ptrdiff_t>(triggers), owed.end(), {}, &Owed::stream);
    if (!owed.empty())
        spdlog::info("sagas resume: {} events to answer, {} intents to carry out", triggers, owed.size() - triggers);
    return owed;
}

void SagaDriver::take_up(const Owed& owed) {
    const auto& manager = manager_of(owed.stream);
    if (owed.trigger.value == 0) {
        guarded(owed.stream, nullptr, [&] { advance(find(owed.stream)); });
    } else {
        const auto event = store_.read_log(Position{owed.trigger.value - 1}, 1);
        if (const auto order = manager.instance(event.front())) dispatch(manager, owed.stream, event.front(), *order);
    }
    instances_.evict();
}

void SagaDriver::take(const EventBatch& batch) {
    for (const auto& recorded : batch) {
        known_.apply(recorded, options_.managers);
        for (const auto& manager : options_.managers) {
            const auto order = manager.instance(recorded);
            if (!order) continue;
            const auto stream = stream_of(*manager.definition, *order);
            if (known_.listens(recorded, stream)) dispatch(manager, stream, recorded, *order);
        }
    }
    instances_.evict();
}

// ---- reacting

template <class Work>
void SagaDriver::guarded(const std::string& stream, const Recorded* trigger, Work&& work) {
    try {
        insist(stream, work);
    } catch (const LogUnavailable&) {
        throw;
    } catch (const StorageError&) {
        throw;
    } catch (const std::exception& error) {
        try {
            park(stream, trigger, error.what());
        } catch (const LogUnavailable&) {
            throw;
        } catch (const std::exception& worse) {
            spdlog::error("{} could not be parked: {}", stream, worse.what());
            instances_.forget(stream);
        }
    }
}

// Once more where it was overtaken; and one step after another where something went wrong, so that all steps before
// that stand in the journal. A part of it may have been written the first time: it goes on from there.
template <class Work>
void SagaDriver::insist(const std::string& stream, Work&& work) {
    const GivesUp at_the_end{work_};
    step_by_step_ = false;
    for (int tries = 1;; ++tries) {
        try {
            work();
            if (tries > 1) advance(find(stream));
            SILLOK_ASSERT(work_.size() == 0);
            return;
        } catch (const Overtaken&) {
            if (tries == overtaken_max) throw Unexpected("others write past the processors all the time");
        } catch (const LogUnavailable&) {
            throw;
        } catch (const StorageError&) {
            throw;
        } catch (const std::exception&) {
            if (step_by_step_) throw;
            step_by_step_ = true;
        }
        work_.give_up();
        reload(stream);
    }
}

// As the log has it.
void SagaDriver::reload(const std::string& stream) {
    if (const auto* known = instances_.in_memory(stream);
        known != nullptr && known->written.value != 0 && !store_.wait_durable(known->written))
        throw LogUnavailable("the log ended");
    instances_.forget(stream);
}

void SagaDriver::dispatch(const Manager& manager, const std::string& stream, const Recorded& recorded,
                          const OrderId& order) {
    guarded(stream, &recorded, [&] { hear(manager, stream, recorded, order); });
}

void SagaDriver::hear(const Manager& manager, const std::string& stream, const Recorded& recorded,
                      const OrderId& order) {
    const bool starts = recorded.type == manager.definition->starts;
    auto& instance = instances_.find(manager, stream);
    Trigger trigger{.position = recorded.position, .type = recorded.type, .order = order};
    if (starts && is_in<phase::NotStarted>(instance.state)) {
        trigger.details = errands_.facts(recorded, order);
        trigger.expires_at = expiry_of(*manager.definition, recorded.time, options_.reserve_for);
    }
    auto event = manager.react(instance.state, trigger);
    if (!event) return;
    instance.correlation = recorded.correlation_id;
    instance.causation = recorded.event_id;
    record(instance, *std::move(event));
    advance(instance);
}

void SagaDriver::advance(Instance& instance) {
    go_on(instance);
    watch(instance);
}

void SagaDriver::watch(Instance& instance) {
    const auto time = expires_at(instance.state);
    const auto watched = expiry_times_.find(instance.stream);
    if (watched != expiry_times_.end()) {
        if (watched->second == time) return;
        expiries_.erase({watched->second, instance.stream});
        expiry_times_.erase(watched);
    }
    if (!time) return;
    expiries_.emplace(*time, instance.stream);
    expiry_times_.emplace(instance.stream, *time);
}

// One thing after another, until the saga waits: for an event, for a time, for the payment provider.
void SagaDriver::go_on(Instance& instance) {
    for (const auto now = moment();;) {
        auto action = instance.manager->advance(instance.state, now);
        if (auto* next = std::get_if<action::Record>(&action)) {
            // Whatever it waited for, it turns away from that.
            if (std::holds_alternative<event::CompensationStarted>(next->event)) stop_waiting(instance.stream);
            record(instance, std::move(next->event));
            continue;
        }
        if (under_way_.contains(instance.stream) || !begin(instance, action)) break;
    }
    write(instance);
}

// True when the intent has been settled already: what was intended, done and settled is written together.
bool SagaDriver::begin(Instance& instance, const Action& action) {
    if (const auto* wait_until = std::get_if<action::WaitUntil>(&action)) wait(instance.stream, wait_until->time);
    if (const auto* call = std::get_if<action::Call>(&action)) {
        make_room(instance, call->intent);
        return set_out(instance, call->intent);
    }
    const auto* execute = std::get_if<action::Execute>(&action);
    if (execute == nullptr) return false;
    make_room(instance, execute->intent);
    using enum Errands::Resumed;
    settle(instance, errands_.carry_out(instance.state, execute->intent, instance.unwritten.empty() ? yes : no));
    return true;
}

// Writes what the commit must not hold together with the intent's command.
void SagaDriver::make_room(Instance& instance, const Intent& intent) {
    if (step_by_step_ || work_.size() >= options_.commit_aggregates_max ||
        work_.has(target_of(instance.state, intent.act, intent.item)))
        write(instance);
}

// True when nothing had to be asked and the intent has been settled.
bool SagaDriver::set_out(Instance& instance, const Intent& intent) {
    if (closed_) return false;
    if (!line_.may_call() && errands_.needs_provider(instance.state, intent)) {
        stand_in_line(instance.stream);
        return false;
    }
    auto errand = errands_.set_out(instance.state, intent);
    if (const auto* answer = std::get_if<StepResult>(&errand)) {
        settle(instance, *answer);
        return true;
    }
    write(instance);
    under_way_.emplace(instance.stream, Wait{Wait::For::answer});
    make_call_({.stream = instance.stream,
                .command_id = intent.command_id,
                .attempt = intent.attempt,
                .errand = std::get<PaymentErrand>(std::move(errand)),
                .intended = instance.written,
                .ticket = line_.begin()});
    return false;
}

void SagaDriver::wait(const std::string& stream, Timestamp until) {
    under_way_.emplace(stream, Wait{Wait::For::time, until});
    due_.emplace(until, stream);
}

void SagaDriver::stand_in_line(const std::string& stream) {
    under_way_.emplace(stream, Wait{Wait::For::turn});
    line_.stand(stream);
}

// An answer that is under way still comes, and finds nobody who waits for it.
void SagaDriver::stop_waiting(const std::string& stream) {
    const auto found = under_way_.find(stream);
    if (found == under_way_.end()) return;
    const auto wait = found->second;
    under_way_.erase(found);
    if (wait.what == Wait::For::turn) line_.leave(stream);
    if (wait.what != Wait::For::time) return;
    const auto [first, last] = due_.equal_range(wait.until);
    due_.erase(std::find_if(first, last, [&](const auto& due) { return due.second == stream; }));
}

void SagaDriver::settle(Instance& instance, const StepResult& answer) {
    record(instance, instance.manager->settle(instance.state, answer, moment()));
}

// ---- writing

void SagaDriver::record(Instance& instance, Event event) {
    instance.state = evolve(std::move(instance.state), event);
    auto& unwritten = instance.unwritten;
    auto whole = unwritten.empty() ? std::nullopt : executed(unwritten.back(), event);
    if (whole)
        unwritten.back() = *std::move(whole);
    else
        unwritten.push_back(std::move(event));
}

void SagaDriver::record_what_follows(Instance& instance) {
    for (;;) {
        auto action = instance.manager->advance(instance.state, moment());
        auto* next = std::get_if<action::Record>(&action);
        if (next == nullptr) return;
        record(instance, std::move(next->event));
    }
}

void SagaDriver::write(Instance& instance) { write(instance, {.metadata = metadata(instance)}); }

StreamAppend SagaDriver::append_of(const Instance& instance) {
    const auto expected = instance.version.value == 0 ? Expected{NoStream{}} : Expected{instance.version};
    StreamAppend append{instance.stream, expected, {}};
    append.events.reserve(instance.unwritten.size());
    for (const auto& event : instance.unwritten) append.events.push_back(encode(event));
    return append;
}

// The journal's events and those of the commands that they tell of. `commit`: all the rest of it.
void SagaDriver::write(Instance& instance, Commit commit) {
    if (instance.unwritten.empty() && work_.size() == 0) return;
    if (!instance.unwritten.empty()) commit.appends.push_back(append_of(instance));
    work_.put_into(commit);
    auto appended = store_.propose(commit);
    while (!appended) {
        const auto& error = appended.error();
        if (error.code == errc::version_conflict && work_.has(error.offender)) {
            if (!work_.catch_up(error.offender, error.actual)) throw LogUnavailable("the log ended");
            throw Overtaken{};
        }
        give_way(store_, error);
        appended = store_.propose(commit);
    }
    if (appended->repeated) throw Unexpected("what is to be written has been written before");
    work_.accepted(*appended);
    instance.written = appended->last;
    instance.version.value += instance.unwritten.size();
    instance.unwritten.clear();
}

DecisionContext SagaDriver::moment() {
    const auto spared_until = line_.spared_until();
    return {clock_.now(), clock_.random(), spared_until};
}

Metadata SagaDriver::metadata(const Instance& instance) const {
    return {clock_.now(), {}, instance.correlation, instance.causation, std::string{instance.manager->actor}};
}

// The saga waits for an operator: its journal says so, and the event that it stumbled over is not offered again.
void SagaDriver::park(const std::string& stream, const Recorded* trigger, const std::string& why) {
    spdlog::error("{} is parked: {}", stream, why);
    Instance instance{stream, &manager_of(stream)};
    const auto* known = instances_.in_memory(stream);
    instance.version = known == nullptr ? store_.version_of(stream) : known->version;
    if (known != nullptr) {
        instance.correlation = known->correlation;
        instance.causation = known->causation;
    }
    const bool recorded = trigger != nullptr && known != nullptr && known->unwritten.empty() &&
                          known->state.last_trigger >= trigger->position;
    instances_.forget(stream);
    if (trigger != nullptr && !recorded) {
        instance.correlation = trigger->correlation_id;
        instance.causation = trigger->event_id;
        instance.unwritten.emplace_back(event::Ignored{trigger->position, std::string{trigger->type}, why});
    }
    if (!known_.parked.contains(stream)) instance.unwritten.emplace_back(event::Parked{{}, why});
    if (instance.unwritten.empty()) return;
    write(instance);
    // It is read from the disk the next time.
    if (!store_.wait_durable(instance.written)) throw LogUnavailable("the log ended");
}

// ---- time

std::optional<Timestamp> SagaDriver::wakes_at() const {
    if (line_.size() > 0) return Timestamp{};
    std::optional<Timestamp> first;
    if (!due_.empty()) first = due_.begin()->first;
    if (!expiries_.empty()) first = std::min(first.value_or(expiries_.begin()->first), expiries_.begin()->first);
    return first;
}

void SagaDriver::on_time() {
    const auto now = clock_.now();
    while (!expiries_.empty() && expiries_.begin()->first <= now) {
        const auto stream = std::move(expiries_.extract(expiries_.begin()).value().second);
        expiry_times_.erase(stream);
        guarded(stream, nullptr, [&] {
            auto& instance = find(stream);
            if (is_expired(instance.state, now)) advance(instance);
        });
    }
    while (!due_.empty() && due_.begin()->first <= now) {
        const auto stream = std::move(due_.begin()->second);
        due_.erase(due_.begin());
        under_way_.erase(stream);
        guarded(stream, nullptr, [&] {
            auto& instance = find(stream);
            // Only the payment provider leaves attempts without an answer. The next is written when it can be made.
            const auto* pending = instance.state.pending();
            const bool is_retry = pending != nullptr && !instance.state.parked && !pending->awaits_response();
            if (is_retry && !line_.may_call())
                stand_in_line(stream);
            else
                advance(instance);
        });
    }
    line_.each_that_may_call([this](const std::string& stream) {
        under_way_.erase(stream);
        guarded(stream, nullptr, [&] { advance(find(stream)); });
    });
}

// ---- the payment provider

void SagaDriver::report(const ProviderCall& call, const ProviderResponse& said, std::chrono::milliseconds took) {
    using Outcome = CircuitBreaker::Outcome;
    line_.report(call.ticket, std::holds_alternative<provider::Unknown>(said) ? Outcome::failed : Outcome::answered,
                 took);
}

void SagaDriver::bring_home(const ProviderCall& call, const ProviderResponse& said) {
    line_.end();
    const auto& stream = call.stream;
    guarded(stream, nullptr, [&] {
        auto& instance = find(stream);
        // Its outcome may have become known meanwhile, by the provider's own word or an operator's.
        if (!awaits(instance.state, call.command_id, call.attempt)) {
            if (std::holds_alternative<provider::Unknown>(said)) return;
            record(instance, event::Ignored{{}, "payment.answer", "nobody waits for it any more"});
            write(instance);
            return;
        }
        under_way_.erase(stream);
        settle(instance, errands_.bring_home(call.errand, said));
        advance(instance);
    });
}

namespace {

ProviderResponse answer_in(const ProviderOperation& told) {
    if (told.declined) return provider::Declined{*told.declined};
    return provider::Approved{told.reference};
}

// How it is called in the journal.
std::string webhook_name(const ProviderOperation& told) { return "webhook:" + std::string{notice_type(told)}; }

// What came of the call, as far as it is known here.
std::optional<bool> was_approved(const CallRecord& record, const payment::Payment::State& payment) {
    using Phase = payment::Payment::Phase;
    if (record.outcome) return *record.outcome == Outcome::done;
    if (record.act != Act::authorise_payment) return std::nullopt;
    if (payment.phase == Phase::requested || payment.phase == Phase::unknown) return std::nullopt;
    return payment.phase != Phase::declined;
}

std::string why_ignored(const std::optional<bool>& approved, const ProviderOperation& told) {
    if (!approved) return "nothing waits for it";
    if (*approved != told.declined.has_value()) return "the outcome is known already";
    spdlog::warn("the payment provider now says that {} of order {} was {}, and said otherwise before (key {})",
                 notice_type(told), told.order.value, told.declined ? "declined" : "approved", told.key.text());
    return "the outcome is known already, and is another one";
}

}  // namespace

std::expected<SagaNoticed, NoticeError> SagaDriver::notice(const SagaNotice& notice, const NoticeReceipt& receipt) {
    try {
        return take(notice, receipt);
    } catch (const JournalUnreadable& error) {
        spdlog::error("what the payment provider tells of order {} cannot be recorded: {}",
                      notice.operation.order.value, error.what());
        return std::unexpected(NoticeRefused::unreadable);
    }
}

std::expected<SagaNoticed, NoticeError> SagaDriver::take(const SagaNotice& notice, const NoticeReceipt& receipt) {
    const GivesUp at_the_end{work_};
    const auto& told = notice.operation;
    if (store_.find_command(notice.metadata.command_id)) return std::unexpected(NoticeRefused::repeated);
    const auto payment = errands_.payment(told.order);
    const auto record = find_call(store_, told.order, told.key, payment, options_.managers);
    if (!record || payment.phase == payment::Payment::Phase::absent) return std::unexpected(NoticeRefused::unknown);
    if (const auto mismatch = mismatch_of(told, record->act, payment)) return std::unexpected(*mismatch);
    // Another saga than the one that made the call may wait for its answer: one that is to undo it.
    for (const auto& manager : options_.managers) {
        const auto stream = stream_of(*manager.definition, told.order);
        if (store_.version_of(stream).value == 0) continue;
        auto& instance = instances_.find(manager, stream);
        const auto errand = errand_open(instance, told);
        if (!errand) continue;
        std::expected<SagaNoticed, NoticeError> taken = std::unexpected(NoticeRefused::unreadable);
        guarded(stream, nullptr, [&] { taken = write_answer(find(stream), *errand, notice, receipt); });
        return taken;
    }
    return write_ignored(find(record->stream), why_ignored(was_approved(*record, payment), told), notice, receipt);
}

// What the saga waits to hear from the provider, where that is what the provider tells.
std::optional<PaymentErrand> SagaDriver::errand_open(Instance& instance, const ProviderOperation& told) {
    const auto& state = instance.state;
    const auto intent = answerable_intent(state);
    if (!intent || !is_payment(intent->act)) return std::nullopt;
    if (intent->command_id != told.key && intent->act != Act::undo_payment) return std::nullopt;
    auto errand = errands_.set_out(state, *intent);
    // What is yet to be asked for is not what it tells of.
    const bool is_asked = work_.size() == 0;
    work_.give_up();
    auto* asked = std::get_if<PaymentErrand>(&errand);
    if (!is_asked || asked == nullptr || !is_about(*asked, told)) return std::nullopt;
    return std::move(*asked);
}

SagaNoticed SagaDriver::write_answer(Instance& instance, const PaymentErrand& errand, const SagaNotice& notice,
                                     const NoticeReceipt& receipt) {
    stop_waiting(instance.stream);
    auto answer = errands_.bring_home(errand, answer_in(notice.operation));
    if (instance.state.parked) {
        // Whether there was anything to be undone is known now, and asked often enough: the undoing is another command.
        const bool ends_question = answer.outcome == Outcome::unknown;
        if (ends_question) answer = {Outcome::refused, "authorised-after-all", std::move(answer.detail)};
        settle(instance, answer);
        const Intervention goes_on{
            ends_question ? OperatorAction::retry : OperatorAction::resume, {}, webhook_name(notice.operation), {}};
        if (auto event = saga::intervene(instance.state, goes_on, moment())) record(instance, *std::move(event));
    } else {
        settle(instance, answer);
    }
    record_what_follows(instance);
    return write_noticed(instance, {.stream = instance.stream}, notice, receipt);
}

SagaNoticed SagaDriver::write_ignored(Instance& instance, std::string why, const SagaNotice& notice,
                                      const NoticeReceipt& receipt) {
    record(instance, event::Ignored{{}, webhook_name(notice.operation), why});
    return write_noticed(instance, {.stream = instance.stream, .ignored = std::move(why)}, notice, receipt);
}

// In one commit with the receipt: no crash can come between.
SagaNoticed SagaDriver::write_noticed(Instance& instance, SagaNoticed noticed, const SagaNotice& notice,
                                      const NoticeReceipt& receipt) {
    noticed.version = Version{instance.version.value + instance.unwritten.size()};
    Commit head{.metadata = notice.metadata};
    head.metadata.correlation_id = instance.correlation;
    head.metadata.causation_id = instance.causation;
    if (receipt) head.receipt = receipt(noticed);
    write(instance, std::move(head));
    noticed.position = instance.written;
    return noticed;
}

// ---- operators

// Writes what the operator does and what follows from it in one commit: no crash can come between.
std::expected<SagaIntervened, InterventionError> SagaDriver::write_intervention(const SagaIntervention& intervention) {
    if (saga::manager_of(intervention.stream, options_.managers) == nullptr)
        return std::unexpected(InterventionRefused::unknown);
    auto& instance = find(intervention.stream);
    const auto intervened = saga::intervene(instance.state, intervention.what, moment());
    if (!intervened) {
        if (instance.version.value == 0) instances_.forget(intervention.stream);
        return std::unexpected(intervened.error());
    }
    if (intervention.if_match && *intervention.if_match != instance.version)
        return std::unexpected(PreconditionFailed{instance.version});
    // It stands still, so all that it may wait for is a time or its turn.
    if (intervened->verb != OperatorAction::annotate) stop_waiting(instance.stream);
    record(instance, *intervened);
    if (intervened->verb != OperatorAction::annotate) record_what_follows(instance);
    Commit head{.metadata = intervention.metadata};
    if (intervention.receipt)
        head.receipt = intervention.receipt(*intervened, Version{instance.version.value + instance.unwritten.size()});
    write(instance, std::move(head));
    return SagaIntervened{*intervened, instance.version, instance.written};
}

std::expected<SagaIntervened, InterventionError> SagaDriver::intervene(const SagaIntervention& intervention) {
    std::expected<SagaIntervened, InterventionError> taken = std::unexpected(InterventionRefused::unreadable);
    guarded(intervention.stream, nullptr, [&] { taken = write_intervention(intervention); });
    return taken;
}

void SagaDriver::follow_up(const std::string& stream) {
    if (!under_way_.contains(stream)) wait(stream, Timestamp{});
}

}  // namespace sillok
