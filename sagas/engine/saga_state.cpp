#include "sagas/engine/saga_state.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/stock.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace sillok::saga {
namespace {

// The root of all command ids of sagas.
const Uuid saga_namespace = *Uuid::parse("6c1f0f8e-2d0b-5f3a-9a55-2f7f0d5c7b10");

constexpr Timestamp at_once{1};  // 0 is no time
constexpr std::string_view operator_decided = "operator-decided";

constexpr std::uint32_t stop_bit = 1u << 31;
constexpr std::uint32_t turn_bit = 1u << 30;

// Which bits of State::heard an event sets; 0 for one that nobody listens to.
std::uint32_t heard_bits(const Definition& definition, std::string_view type) {
    std::uint32_t bits = 0;
    if (type == definition.stops) bits |= stop_bit;
    if (type == definition.turns) bits |= turn_bit;
    for (std::size_t i = 0; i < definition.steps.size(); ++i)
        if (type == definition.steps[i].after) bits |= 1u << i;
    return bits;
}

bool is_stopping(const State& state) { return (state.heard & stop_bit) != 0; }
bool is_turning(const State& state) { return (state.heard & turn_bit) != 0; }

std::span<const Step> steps_of(const State& state) {
    return state.course == Course::closing ? state.definition->closing : state.definition->steps;
}

const Step& step_at(const State& state, Place place) { return steps_of(state)[place.step]; }

std::uint32_t commands_of(const State& state, const Step& step) {
    return step.per_item ? static_cast<std::uint32_t>(state.facts.items.size()) : 1;
}

Place after(const State& state, Place place) {
    if (place.item + 1 < commands_of(state, step_at(state, place))) return {place.step, place.item + 1};
    return {place.step + 1, 0};
}

// What was intended last before `place` and can be undone by a compensation that is wanted.
template <class Wanted>
std::optional<Place> before(const State& state, Place place, Wanted&& wanted) {
    const auto& steps = state.definition->steps;
    const auto can_be_undone = [&](const Step& step) { return step.compensation && wanted(*step.compensation); };
    if (place.item > 0 && can_be_undone(steps[place.step])) return Place{place.step, place.item - 1};
    while (place.step > 0) {
        --place.step;
        const auto& step = steps[place.step];
        if (can_be_undone(step) && commands_of(state, step) > 0) return Place{place.step, commands_of(state, step) - 1};
    }
    return std::nullopt;
}

// What is to be undone next.
std::optional<Place> next_to_undo(const State& state) {
    if (!state.undo_payments) return before(state, state.undo, [](Act) { return true; });
    if (const auto place = before(state, state.undo, [](Act act) { return !is_payment(act); })) return place;
    return before(state, *state.undo_payments, is_payment);
}

void count_as_undone(State& state, Place place) {
    const auto& step = state.definition->steps[place.step];
    const bool by_provider = step.compensation && is_payment(*step.compensation);
    (state.undo_payments && by_provider ? *state.undo_payments : state.undo) = place;
    ++state.undone;
}

Act act_of(const State& state, Place place, Direction direction) {
    const auto& step = step_at(state, place);
    return direction == Direction::forward ? step.forward : step.compensation.value_or(step.forward);
}

Event intend(const State& state, Place place, Direction direction, const DecisionContext& moment) {
    const auto& step = step_at(state, place);
    return event::CommandScheduled{.step = std::string{step.name},
                                   .direction = direction,
                                   .command_id = command_id_of(state, place, direction),
                                   .target = target_of(state, act_of(state, place, direction), place.item),
                                   .attempt = 1,
                                   .generation = state.generation,
                                   .query = false,
                                   .deadline = Timestamp{moment.now.value + step.deadline.count()}};
}

// An attempt had no answer: again, or a question instead, or an operator.
std::optional<Event> try_again(const State& state, const DecisionContext& moment) {
    const auto& open = *state.open;
    if (open.retry_at.value == 0) return std::nullopt;
    const auto& step = step_at(state, open.place);
    const bool spared = moment.spared_until && moment.now <= *moment.spared_until;
    if (!spared && open.query && open.attempt > step.retry.attempts)
        return event::Parked{std::string{step.name}, "outcome-unknown"};
    if (moment.now < open.retry_at) return std::nullopt;
    // What would have to be undone at once is not sent again, only asked about.
    const bool unwanted =
        is_stopping(state) && open.direction == Direction::forward && step.kind == Kind::compensatable;
    auto deadline = open.deadline;
    if (moment.spared_until)
        deadline = std::max(deadline, Timestamp{moment.spared_until->value + step.deadline.count()});
    // Once it has been asked about it may have been given up, and is not sent any more.
    const bool query =
        unwanted || open.query || (!spared && (open.attempt >= step.retry.attempts || moment.now >= deadline));
    return event::CommandScheduled{
        .step = std::string{step.name},
        .direction = open.direction,
        .command_id = open.command_id,
        .target = target_of(state, act_of(state, open.place, open.direction), open.place.item),
        .attempt = open.attempt + 1,
        .generation = state.generation,
        .query = query,
        .deadline = deadline};
}

Ending undone(const State& state) { return state.undone > 0 ? Ending::compensated : Ending::refused; }

Event answer_refusal(const State& state) {
    const bool taken_over = state.refusal == cancellation_requested;
    if (taken_over && state.course == Course::closing)
        return event::Ended{state.undone > 0 ? Ending::compensated : Ending::stopped, state.refusal};
    if (state.course == Course::forward) {
        const auto& step = step_at(state, state.forward);
        const bool answerable = step.kind != Kind::retriable;
        if (taken_over || (answerable && is_stopping(state))) return event::Ended{Ending::stopped, state.reason};
        if (answerable) return event::CompensationStarted{state.reason, state.detail};
        return event::Parked{std::string{step.name}, state.reason};
    }
    const auto place = state.course == Course::undoing ? next_to_undo(state).value_or(Place{}) : state.forward;
    return event::Parked{std::string{step_at(state, place).name}, state.refusal};
}

std::optional<Event> go_forward(const State& state, const DecisionContext& moment) {
    if (is_stopping(state)) return event::Ended{Ending::stopped, std::string{cancellation_requested}};
    const auto bits = std::uint32_t{1} << state.forward.step;
    const bool finished = state.forward.step >= state.definition->steps.size();
    if (!finished && (step_at(state, state.forward).after.empty() || (state.heard & bits) != 0))
        return intend(state, state.forward, Direction::forward, moment);
    if (is_turning(state)) return event::CompensationStarted{"delivery-returned", {}};
    if (finished) return event::Ended{Ending::completed, {}};
    return std::nullopt;
}

std::optional<Event> go_back(const State& state, const DecisionContext& moment) {
    if (const auto place = next_to_undo(state)) return intend(state, *place, Direction::compensate, moment);
    // Whoever stopped the saga closes the order; one that was turned from outside has nothing left to say.
    if (state.definition->closing.empty() || is_stopping(state) || is_turning(state))
        return event::Ended{undone(state), state.reason};
    State closing = state;
    closing.course = Course::closing;
    return intend(closing, Place{}, Direction::forward, moment);
}

std::optional<Event> close(const State& state, const DecisionContext& moment) {
    if (state.forward.step >= state.definition->closing.size()) return event::Ended{undone(state), state.reason};
    return intend(state, state.forward, Direction::forward, moment);
}

// An order's sagas stand beside it in the order of ids, if its own is one with a time.
Uuid instance_of(const Definition& definition, const OrderId& order) {
    const auto stream = stream_of(definition, order);
    const auto beside = Uuid::parse(order.value);
    return beside ? uuid_v8(*beside, saga_namespace, stream) : uuid_v5(saga_namespace, stream);
}

void evolve(State& state, const event::Started& started) {
    if (state.course != Course::absent) return;
    state.definition = find_definition(started.definition, started.definition_version);
    if (state.definition == nullptr) return;
    state.order = started.order;
    state.facts = {started.customer, started.address, started.amount, started.items};
    state.instance = instance_of(*state.definition, state.order);
    state.last_trigger = started.trigger;
    state.pivot_by = started.pivot_by;
    state.course = Course::forward;
}

void evolve(State& state, const event::TriggerReceived& heard) {
    state.last_trigger = std::max(state.last_trigger, heard.trigger);
    if (state.definition != nullptr) state.heard |= heard_bits(*state.definition, heard.type);
}

void evolve(State& state, const event::Reopened& reopened) {
    state.last_trigger = std::max(state.last_trigger, reopened.trigger);
    if (state.course != Course::ended) return;
    state.heard |= heard_bits(*state.definition, reopened.type);
    state.course = Course::forward;
}

void evolve(State& state, const event::Ignored& ignored) {
    state.last_trigger = std::max(state.last_trigger, ignored.trigger);
}

void evolve(State& state, const event::CommandScheduled& intended) {
    if (state.definition == nullptr || state.course == Course::ended) return;
    if (!state.open) {
        Place place = state.forward;
        if (intended.direction == Direction::compensate) {
            place = next_to_undo(state).value_or(Place{});
        } else if (state.course == Course::undoing) {
            state.course = Course::closing;
            state.forward = place = {};
        }
        state.open.emplace().place = place;
    }
    state.parked = false;
    state.open->direction = intended.direction;
    state.open->command_id = intended.command_id;
    state.open->attempt = intended.attempt;
    state.open->query = intended.query;
    state.open->deadline = intended.deadline;
    state.open->retry_at = {};
}

void evolve(State& state, const event::CommandCompleted& settled) {
    if (!state.open || state.open->command_id != settled.command_id) return;
    if (settled.outcome == Outcome::unknown) {
        state.open->retry_at = settled.retry_at;
        return;
    }
    const auto open = *std::exchange(state.open, std::nullopt);
    if (settled.outcome == Outcome::refused) {
        state.refused = true;
        state.refusal = settled.code;
        if (state.course != Course::forward) return;  // why it turned is the reason still
        state.reason = settled.code;
        state.detail = settled.detail;
    } else if (open.direction == Direction::compensate) {
        count_as_undone(state, open.place);
    } else {
        state.forward = after(state, open.place);
    }
}

void evolve(State& state, const event::CommandExecuted& performed) {
    evolve(state, event::intended(performed));
    evolve(state, event::settled(performed));
}

// What was intended last may have happened: it is undone as well.
void turn(State& state) {
    state.undo = state.open ? after(state, state.open->place) : state.forward;
    state.open.reset();
    state.course = Course::undoing;
    state.forward = {};
    state.refused = false;
    state.parked = false;
}

void evolve(State& state, const event::CompensationStarted& turned) {
    turn(state);
    if (turned.reason == reservation_expired) state.undo_payments = state.undo;
    state.reason = turned.reason;
    state.detail = turned.detail;
}

void evolve(State& state, const event::Parked&) { state.parked = true; }

void evolve(State& state, const event::Ended& ended) {
    state.course = Course::ended;
    state.ending = ended.ending;
    state.reason = ended.reason;
    state.open.reset();
    state.refused = false;
    state.parked = false;
}

// Where a saga stands: at the step whose outcome is not final, or was a refusal that nothing has answered.
struct Standing {
    Place place;
    Direction direction;
};
std::optional<Standing> standing(const State& state) {
    if (state.open) return Standing{state.open->place, state.open->direction};
    if (!state.refused) return std::nullopt;
    if (state.course != Course::undoing) return Standing{state.forward, Direction::forward};
    if (const auto place = next_to_undo(state)) return Standing{*place, Direction::compensate};
    return std::nullopt;
}

bool is_still(const State& state) { return state.parked || (state.open && state.open->retry_at.value != 0); }

bool has_step(const Definition& definition, std::string_view name) {
    const auto is_it = [name](const Step& step) { return step.name == name; };
    return std::ranges::any_of(definition.steps, is_it) || std::ranges::any_of(definition.closing, is_it);
}

bool has_compensations(const Definition& definition) {
    return std::ranges::any_of(definition.steps, [](const Step& step) { return step.compensation.has_value(); });
}

std::size_t pivot_of(const Definition& definition) {
    const auto pivot = std::ranges::find(definition.steps, Kind::pivot, &Step::kind);
    return static_cast<std::size_t>(pivot - definition.steps.begin());
}

// Up to its pivot a saga can be turned back, if there is anything in it that can be undone.
bool can_turn(const State& state) {
    return state.course == Course::forward && has_compensations(*state.definition) &&
           state.forward.step <= pivot_of(*state.definition);
}

// The outcome of the step at which the saga stands is known now: it counts as done.
void pass(State& state) {
    const auto at = standing(state);
    state.open.reset();
    if (!at) return;
    if (at->direction == Direction::compensate) {
        count_as_undone(state, at->place);
    } else {
        state.forward = after(state, at->place);
    }
}

void try_anew(State& state, Timestamp deadline) {
    if (state.open) {  // nobody knows what became of it: the same command, or the same question, not another one
        state.open->attempt = 0;
        state.open->deadline = deadline;
        state.open->retry_at = at_once;
    } else {
        ++state.generation;
    }
}

void turn_back(State& state, const std::string& reason) {
    turn(state);
    state.reason = operator_decided;
    state.detail = reason;
}

void evolve(State& state, const event::Intervened& intervened) {
    if (intervened.verb == OperatorAction::annotate || state.course == Course::absent || state.course == Course::ended)
        return;
    switch (intervened.verb) {
        case OperatorAction::retry: try_anew(state, intervened.deadline); break;
        case OperatorAction::skip: pass(state); break;
        case OperatorAction::compensate: turn_back(state, intervened.reason); break;
        case OperatorAction::resume:
            if (state.open && state.open->retry_at.value == 0) state.open->retry_at = at_once;
            break;
        case OperatorAction::annotate: break;
    }
    state.parked = false;
    if (intervened.verb != OperatorAction::resume) state.refused = false;
}

std::optional<std::string_view> why_ignored(const Definition& definition, const State& state, const Trigger& trigger) {
    if (trigger.type == definition.starts && trigger.facts) {
        if (state.course == Course::absent) return std::nullopt;
        return "started already";
    }
    if (state.course == Course::absent) return "nothing has started this saga";
    const auto bits = heard_bits(definition, trigger.type);
    if (bits == 0) return "not an event of this saga";
    if ((state.heard & bits) == bits) return "heard already";
    const bool turns = (bits & turn_bit) != 0;
    if (state.course == Course::ended && !(turns && state.ending == Ending::completed)) return "ended already";
    return std::nullopt;
}

}  // namespace

State evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { evolve(state, one); }, event);
    return state;
}

std::optional<Event> react(const Definition& definition, const State& state, const Trigger& trigger) {
    if (trigger.position <= state.last_trigger) return std::nullopt;
    if (const auto why = why_ignored(definition, state, trigger)) {
        if (state.course == Course::absent && trigger.type.starts_with("saga.")) return std::nullopt;
        return event::Ignored{trigger.position, std::string{trigger.type}, std::string{*why}};
    }
    switch (state.course) {
        case Course::absent:
            return event::Started{std::string{definition.name},
                                  definition.version,
                                  trigger.order,
                                  trigger.facts->customer,
                                  trigger.facts->address,
                                  trigger.facts->amount,
                                  trigger.facts->items,
                                  trigger.position,
                                  has_compensations(definition) ? trigger.pivot_by : Timestamp{}};
        case Course::ended: return event::Reopened{trigger.position, std::string{trigger.type}};
        default: return event::TriggerReceived{trigger.position, std::string{trigger.type}};
    }
}

bool can_expire(const State& state) {
    if (state.definition == nullptr || state.course != Course::forward || state.pivot_by.value == 0) return false;
    const auto pivot = pivot_of(*state.definition);
    return state.forward.step < pivot || (state.forward.step == pivot && !state.open);
}

bool is_expired(const State& state, Timestamp now) { return can_expire(state) && now >= state.pivot_by; }

std::optional<Event> next(const State& state, const DecisionContext& moment) {
    if (is_expired(state, moment.now) && !state.refused)
        return event::CompensationStarted{std::string{reservation_expired}, "it was not confirmed in time"};
    if (state.definition == nullptr || state.parked) return std::nullopt;
    if (state.course == Course::absent || state.course == Course::ended) return std::nullopt;
    if (state.open) return try_again(state, moment);
    if (state.refused) return answer_refusal(state);
    if (state.course == Course::forward) return go_forward(state, moment);
    if (state.course == Course::undoing) return go_back(state, moment);
    return close(state, moment);
}

std::optional<Intent> resume(const State& state) {
    if (!state.open || state.parked) return std::nullopt;
    const auto& open = *state.open;
    return Intent{act_of(state, open.place, open.direction),
                  open.place.item,
                  open.command_id,
                  open.attempt,
                  open.query,
                  open.retry_at};
}

event::CommandCompleted settle(const State& state, const Answer& answer, const DecisionContext& moment) {
    const auto& open = *state.open;
    const auto& step = step_at(state, open.place);
    const bool unknown = answer.outcome == Outcome::unknown;
    return {.command_id = open.command_id,
            .step = std::string{step.name},
            .direction = open.direction,
            .outcome = answer.outcome,
            .code = answer.code,
            .detail = answer.detail,
            .retry_at = unknown ? retry_at(step.retry, open.attempt, moment) : Timestamp{}};
}

std::expected<event::Intervened, InterventionRefused> intervene(const State& state, const Intervention& intervention,
                                                                const DecisionContext& moment) {
    const auto verb = intervention.verb;
    if (state.definition == nullptr) return std::unexpected(InterventionRefused::unknown);
    if (!intervention.step.empty() && !has_step(*state.definition, intervention.step))
        return std::unexpected(InterventionRefused::no_such_step);
    const auto at = standing(state);
    event::Intervened intervened{.verb = verb,
                                 .step = at ? std::string{step_at(state, at->place).name} : std::string{},
                                 .reason = intervention.reason,
                                 .result = intervention.result,
                                 .deadline = {}};
    if (verb == OperatorAction::annotate) return intervened;
    if (state.course == Course::ended) return std::unexpected(InterventionRefused::ended);
    if (!is_still(state)) return std::unexpected(InterventionRefused::under_way);
    if (!intervention.step.empty() && intervention.step != intervened.step)
        return std::unexpected(InterventionRefused::another_step);
    if ((verb == OperatorAction::retry || verb == OperatorAction::skip) && !at)
        return std::unexpected(InterventionRefused::at_no_step);
    if (verb == OperatorAction::skip && intervention.result.empty())
        return std::unexpected(InterventionRefused::no_result);
    if (verb == OperatorAction::compensate && !can_turn(state))
        return std::unexpected(InterventionRefused::past_the_pivot);
    if (verb == OperatorAction::retry)
        intervened.deadline = Timestamp{moment.now.value + step_at(state, at->place).deadline.count()};
    return intervened;
}

std::string stream_of(const Definition& definition, const OrderId& order) {
    std::string stream;
    stream.reserve(6 + definition.name.size() + order.value.size());
    stream.append("saga-").append(definition.name).append("-").append(order.value);
    return stream;
}

Uuid command_id_of(const State& state, Place place, Direction direction) {
    const auto& step = step_at(state, place);
    std::string name{step.name};
    name.append(direction == Direction::forward ? "/forward/" : "/compensate/");
    name.append(std::to_string(state.generation));
    if (step.per_item) name.append("/").append(state.facts.items[place.item].product.value);
    return uuid_v8(state.instance, state.instance, name);
}

std::string target_of(const State& state, Act act, std::uint32_t item) {
    const auto stream = [](std::string_view category, const std::string& id) {
        return std::string{category}.append("-").append(id);
    };
    switch (act) {
        case Act::reserve_stock:
        case Act::give_back_stock:
        case Act::commit_stock: return stream(stock::Stock::category, state.facts.items[item].product.value);
        case Act::authorise_payment:
        case Act::capture_payment:
        case Act::undo_payment: return stream(payment::Payment::category, state.order.value);
        case Act::confirm_order:
        case Act::reject_order:
        case Act::cancel_order:
        case Act::complete_order: return stream(order::Order::category, state.order.value);
        case Act::prepare_delivery:
        case Act::cancel_delivery: return stream(delivery::Delivery::category, state.order.value);
    }
    std::unreachable();
}

std::vector<Item> summed(const std::vector<Item>& lines) {
    std::vector<Item> items;
    items.reserve(lines.size());
    if (lines.size() == 1) return lines;
    std::unordered_map<ProductId, std::size_t> places;
    for (const auto& line : lines) {
        const auto [place, fresh] = places.try_emplace(line.product, items.size());
        if (fresh)
            items.push_back(line);
        else
            items[place->second].quantity += line.quantity;
    }
    return items;
}

}  // namespace sillok::saga
