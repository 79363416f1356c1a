#include "sagas/engine/provider_call_keys.hpp"

#include "sagas/engine/journal_reader.hpp"
#include "sagas/engine/saga_names.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <variant>
#include <vector>

namespace sillok::saga {
namespace {

// The root of the refund keys of older programs.
const Uuid refund_namespace = *Uuid::parse("3f0e6c52-7b1d-5c38-9d0a-51c2a6f4be90");

bool authorises(const Definition& definition) {
    return std::ranges::any_of(definition.steps,
                               [](const Step& step) { return step.forward == Act::authorise_payment; });
}

// Returns 0 if it is the key of no refund.
std::size_t refund_number(const OrderId& order, const Uuid& key, const payment::Payment::State& payment) {
    for (auto number = payment.refund_keys.size(); number > 0; --number)
        if (refund_key(order, payment, number) == key) return number;
    return 0;
}

// A further refund is requested only after one that failed, and then for the whole amount.
std::optional<Outcome> outcome_of_refund(std::size_t number, const payment::Payment::State& payment) {
    if (number < payment.refund_keys.size()) return Outcome::refused;
    if (payment.refund_asked.amount > 0) return std::nullopt;
    return payment.refunded == payment.captured ? Outcome::done : Outcome::refused;
}

// Whether the call with this key was made for the intent.
bool is_call_of(const event::CommandScheduled& scheduled, Act act, const Uuid& key,
                const payment::Payment::State& payment) {
    if (scheduled.command_id == key) return true;
    if (act != Act::capture_payment) return false;
    for (auto refused = payment.captures_refused; refused > 0; --refused)
        if (capture_key(scheduled.command_id, refused) == key) return true;
    return false;
}

// Of a capture: refused, if it was another call that came later.
std::optional<Outcome> outcome_of_capture(const Uuid& command_id, const Uuid& key,
                                          const payment::Payment::State& payment) {
    for (std::uint32_t refused = 0; refused < payment.captures_refused; ++refused)
        if (capture_key(command_id, refused) == key) return Outcome::refused;
    return std::nullopt;
}

}  // namespace

Uuid key_space_of(const LogIdentity& log, Epoch epoch) {
    return log.log_id.is_nil() ? Uuid{} : uuid_v5(log.log_id, fmt::format("epoch/{}", epoch.value));
}

Uuid new_refund_key(const Uuid& key_space, const OrderId& order, std::uint32_t number) {
    return uuid_v5(key_space.is_nil() ? refund_namespace : key_space, fmt::format("{}/{}", order.value, number));
}

Uuid refund_key(const OrderId& order, const payment::Payment::State& payment, std::size_t number) {
    const auto& recorded = payment.refund_keys.at(number - 1);
    return recorded.is_nil() ? new_refund_key({}, order, static_cast<std::uint32_t>(number)) : recorded;
}

Uuid capture_key(const Uuid& command_id, std::uint32_t refused) {
    return refused == 0 ? command_id : uuid_v5(command_id, fmt::format("capture/{}", refused));
}

std::optional<Uuid> authorisation_key(const EventStore& store, const OrderId& order,
                                      std::span<const Manager> managers) {
    std::optional<Uuid> key;
    for (const auto& manager : managers) {
        const auto& definition = *manager.definition;
        if (!authorises(definition)) continue;
        each_scheduled_or_completed(store, stream_of(definition, order), [&](const Event& event) {
            const auto* scheduled = std::get_if<event::CommandScheduled>(&event);
            if (scheduled == nullptr || scheduled->direction != Direction::forward) return;
            if (act_of(definition, scheduled->step, scheduled->direction) == Act::authorise_payment)
                key = scheduled->command_id;
        });
    }
    return key;
}

std::optional<Uuid> open_capture_key(const EventStore& store, const OrderId& order, const Uuid& own,
                                     std::span<const Manager> managers) {
    std::vector<Uuid> open;
    for (const auto& manager : managers) {
        const auto& definition = *manager.definition;
        each_scheduled_or_completed(store, stream_of(definition, order), [&](const Event& event) {
            if (const auto* scheduled = std::get_if<event::CommandScheduled>(&event)) {
                const auto& id = scheduled->command_id;
                const bool captures = act_of(definition, scheduled->step, scheduled->direction) == Act::capture_payment;
                if (captures && id != own && std::ranges::find(open, id) == open.end()) open.push_back(id);
            }
            const auto* completed = std::get_if<event::CommandCompleted>(&event);
            if (completed == nullptr) return;
            const bool is_refused = trouble(completed->code) == Trouble::capture_refused;
            if (completed->outcome != Outcome::unknown || is_refused) std::erase(open, completed->command_id);
            if (completed->code == not_captured_code && !open.empty()) open.erase(open.begin());
        });
    }
    return open.empty() ? std::nullopt : std::optional{open.front()};
}

std::optional<CallRecord> find_call(const EventStore& store, const OrderId& order, const Uuid& key,
                                    const payment::Payment::State& payment, std::span<const Manager> managers) {
    const auto refund = refund_number(order, key, payment);
    for (const auto& manager : managers) {
        CallRecord record{&manager, stream_of(*manager.definition, order), {}, {}};
        const Definition* definition = nullptr;
        bool is_here = false;
        each_scheduled_or_completed(store, record.stream, [&](const Event& event) {
            if (const auto* started = std::get_if<event::Started>(&event))
                definition = find_version(*manager.definition, started->definition, started->definition_version);
            if (const auto* scheduled = std::get_if<event::CommandScheduled>(&event);
                scheduled != nullptr && definition != nullptr) {
                const auto act = act_of(*definition, scheduled->step, scheduled->direction);
                if (!act) return;
                if (!(refund > 0 ? *act == Act::undo_payment : is_call_of(*scheduled, *act, key, payment))) return;
                record.act = *act;
                is_here = is_payment(*act);
                if (*act == Act::capture_payment)
                    record.outcome = outcome_of_capture(scheduled->command_id, key, payment);
            }
            if (const auto* completed = std::get_if<event::CommandCompleted>(&event);
                completed != nullptr && completed->command_id == key && completed->outcome != Outcome::unknown)
                record.outcome = completed->outcome;
        });
        if (!is_here) continue;
        if (refund > 0) record.outcome = outcome_of_refund(refund, payment);
        return record;
    }
    return std::nullopt;
}

}  // namespace sillok::saga
