#include "sagas/engine/call_record.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "sagas/engine/saga_instances.hpp"
#include "sagas/engine/saga_names.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <variant>

namespace sillok::saga {
namespace {

using Type = ProviderOperation::Type;

constexpr std::size_t page_events = 512;

bool is_of(Act act, Type operation) {
    switch (act) {
        case Act::authorise_payment: return operation == Type::authorise;
        case Act::capture_payment: return operation == Type::capture;
        case Act::undo_payment: return operation == Type::void_ || operation == Type::refund;
        default: return false;
    }
}

// 0: it is the key of none.
std::uint32_t refund_number(const OrderId& order, const Uuid& key, const payment::Payment::State& payment) {
    for (auto number = payment.refunds_asked; number > 0; --number)
        if (refund_key(order, number) == key) return number;
    return 0;
}

// A refund is only asked for again after one that failed, and then all of it.
std::optional<Outcome> outcome_of_refund(std::uint32_t number, const payment::Payment::State& payment) {
    if (number < payment.refunds_asked) return Outcome::refused;
    if (payment.refund_asked.amount > 0) return std::nullopt;
    return payment.refunded == payment.captured ? Outcome::done : Outcome::refused;
}

// The root of the keys under which money is paid back.
const Uuid refund_namespace = *Uuid::parse("3f0e6c52-7b1d-5c38-9d0a-51c2a6f4be90");

}  // namespace

Uuid refund_key(const OrderId& order, std::uint32_t number) {
    return uuid_v5(refund_namespace, fmt::format("{}/{}", order.value, number));
}

void each_journal_event(const EventStore& store, const std::string& stream,
                        const std::function<void(const Event&)>& visit) {
    Version read;
    for (;;) {
        const auto page = store.read_stream(stream, next(read), page_events);
        if (page.empty()) return;
        for (const auto& recorded : page) {
            read = recorded.version;
            const auto event = decode<Event>(recorded);
            if (!event) throw JournalUnreadable(event.error().what);
            if (const auto* performed = std::get_if<event::CommandExecuted>(&*event)) {
                visit(scheduled(*performed));
                visit(completed(*performed));
            } else {
                visit(*event);
            }
        }
    }
}

std::optional<CallRecord> find_call(const EventStore& store, const OrderId& order, const Uuid& key,
                                    const payment::Payment::State& payment, std::span<const Manager> among) {
    const auto refund = refund_number(order, key, payment);
    for (const auto& manager : among) {
        CallRecord record{&manager, stream_of(*manager.definition, order), {}, {}};
        const Definition* definition = nullptr;
        bool is_here = false;
        each_journal_event(store, record.stream, [&](const Event& event) {
            if (const auto* started = std::get_if<event::Started>(&event))
                definition = find_version(*manager.definition, started->definition, started->definition_version);
            if (const auto* intended = std::get_if<event::CommandScheduled>(&event);
                intended != nullptr && definition != nullptr) {
                const auto act = act_of(*definition, intended->step, intended->direction);
                if (!act || !(refund > 0 ? *act == Act::undo_payment : intended->command_id == key)) return;
                record.act = *act;
                is_here = is_payment(*act);
            }
            if (const auto* settled = std::get_if<event::CommandCompleted>(&event);
                settled != nullptr && settled->command_id == key && settled->outcome != Outcome::unknown)
                record.outcome = settled->outcome;
        });
        if (!is_here) continue;
        if (refund > 0) record.outcome = outcome_of_refund(refund, payment);
        return record;
    }
    return std::nullopt;
}

std::optional<Mismatch> mismatch_of(const ProviderOperation& operation, Act act,
                                    const payment::Payment::State& payment) {
    if (!is_of(act, operation.type)) return Mismatch::operation;
    if (!operation.customer.value.empty() && operation.customer != payment.customer) return Mismatch::customer;
    if (operation.amount.currency != payment.requested.currency) return Mismatch::currency;
    const bool is_refund = operation.type == Type::refund;
    if (is_refund ? operation.amount.amount > payment.captured.amount : operation.amount != payment.requested)
        return Mismatch::amount;
    const bool is_known = !payment.reference.empty() && (operation.type != Type::authorise || !operation.declined);
    if (is_known && operation.reference != payment.reference) return Mismatch::reference;
    return std::nullopt;
}

}  // namespace sillok::saga
