#include "tools/simulation/invariants.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/stock.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/stream_name.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/reconciliation/compare.hpp"
#include "sagas/reconciliation/log_reader.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace sillok::simulation {
namespace {

using Found = std::vector<std::string>;

constexpr std::size_t page = 4'096;

// Every acknowledged command is in the log, and no command took effect twice.
void check_commands(const EventStore& store, const Actors& actors, Found& found) {
    std::unordered_map<Uuid, Position> last;  // of the events with that command id
    each_event(store, [&](const Recorded& event) {
        if (event.command_id.is_nil()) return;
        const auto [place, fresh] = last.try_emplace(event.command_id, event.position);
        if (!fresh && place->second.value + 1 != event.position.value)
            found.push_back(fmt::format("command {} did something at {} and again at {}", event.command_id.text(),
                                        place->second.value, event.position.value));
        place->second = event.position;
    });
    std::uint64_t receipts = 0;
    each_event(store, [&](const Recorded& event) { receipts += event.type == stock::event::Received::name.type; });
    if (receipts != actors.receipts())
        found.push_back(fmt::format("goods came in {} times, and were received {} times", actors.receipts(), receipts));
    for (const auto& id : actors.accepted())
        if (!last.contains(id)) found.push_back(fmt::format("command {} was accepted and is lost", id.text()));
}

// What an event that this program cannot read concerns: a part of the orders, whose sagas may be parked.
struct Unreadable {
    std::set<std::string, std::less<>> streams;
    std::set<std::string, std::less<>> orders;
    [[nodiscard]] bool concerns(std::string_view order) const { return orders.contains(order); }
};

Unreadable unreadable_in(const EventStore& store) {
    Unreadable unreadable;
    each_event(store, [&](const Recorded& event) {
        if (event.type != unreadable_event) return;
        unreadable.streams.emplace(event.stream);
        if (category_of(event.stream) == "warehouse") return;  // of no order
        const std::string id{id_of(event.stream)};
        unreadable.orders.insert(id.substr(id.rfind("o-") == std::string::npos ? 0 : id.rfind("o-")));
    });
    if (unreadable.streams.empty()) return unreadable;
    each_event(store, [&](const Recorded& event) {
        if (event.type != order::event::Placed::name.type) return;
        const auto placed = decode<order::Order::Event>(event).value();
        for (const auto& line : std::get<order::event::Placed>(placed).lines)
            if (unreadable.streams.contains(stream_name<stock::Stock>(line.product)))
                unreadable.orders.emplace(id_of(event.stream));
    });
    return unreadable;
}

// A delivered order is paid and completed.
void check_deliveries(const EventStore& store, const Unreadable& unreadable, Found& found) {
    std::map<std::string, std::set<std::string_view>, std::less<>> happened;  // the relevant event types by order
    each_event(store, [&](const Recorded& event) {
        for (const auto type : {delivery::event::Completed::name.type, delivery::event::Returned::name.type,
                                payment::event::Captured::name.type, payment::event::NotRequired::name.type,
                                order::event::Completed::name.type})
            if (event.type == type) happened[std::string{id_of(event.stream)}].insert(type);
    });
    for (const auto& [order, events] : happened) {
        if (unreadable.concerns(order)) continue;
        const bool delivered = events.contains(delivery::event::Completed::name.type) &&
                               !events.contains(delivery::event::Returned::name.type);
        if (delivered && !events.contains(payment::event::Captured::name.type) &&
            !events.contains(payment::event::NotRequired::name.type))
            found.push_back(fmt::format("{} was delivered and is not paid", order));
        if (delivered && !events.contains(order::event::Completed::name.type))
            found.push_back(fmt::format("{} was delivered and is not completed", order));
    }
}

// Goods on their way are nobody's stock. Those that came back make a returned order, or a cancelled one.
void check_returns(const EventStore& store, const Unreadable& unreadable, Found& found) {
    std::set<std::string, std::less<>> recalled;
    std::set<std::string, std::less<>> returned;
    std::set<std::string, std::less<>> said_so;
    each_event(store, [&](const Recorded& event) {
        const std::string id{id_of(event.stream)};
        if (event.type == delivery::event::Recalled::name.type) recalled.insert(id);
        if (event.type == delivery::event::Completed::name.type || event.type == delivery::event::Cancelled::name.type)
            recalled.erase(id);
        if (event.type == delivery::event::Returned::name.type) returned.insert(id);
        if (event.type == order::event::Returned::name.type || event.type == order::event::Cancelled::name.type)
            said_so.insert(id);
        if (event.type != stock::event::Returned::name.type) return;
        const auto back = decode<stock::Stock::Event>(event).value();
        const auto& order = std::get<stock::event::Returned>(back).order.value;
        if (recalled.contains(order)) found.push_back(fmt::format("{} is on its way and counted as on hand", order));
    });
    for (const auto& order : returned)
        if (!said_so.contains(order) && !unreadable.concerns(order))
            found.push_back(fmt::format("{} came back, and the order does not say so", order));
}

// What the log says is pending, by the sagas of this program. (The server's own may have an injected bug.)
saga::PendingWork pending_work(const EventStore& store) {
    saga::PendingWork work;
    each_event(store, [&](const Recorded& event) { work.apply(event, saga::all_sagas()); });
    return work;
}

bool is_parked(const saga::PendingWork& sagas, const OrderId& order) {
    for (const auto& manager : saga::all_sagas())
        if (sagas.parked.contains(stream_of(*manager.definition, order))) return true;
    return false;
}

void check_books(const EventStore& store, const ProviderLedger& ledger, const saga::PendingWork& sagas,
                 const Unreadable& unreadable, Found& found) {
    reconciliation::LogReader reader;
    each_event(store, [&](const Recorded& event) { reader.read(event); });
    const std::vector<LedgerAccount> accounts{ledger.accounts().begin(), ledger.accounts().end()};
    const auto result = reconciliation::compare(std::move(reader).entries(), accounts);
    for (const auto& difference : result.differences)
        if (!unreadable.concerns(difference.order))
            found.push_back(fmt::format("{}{}: {}", difference.order, difference.product, difference.what));
    for (const auto& open : result.open)
        if (!is_parked(sagas, OrderId{open.order}) && !unreadable.concerns(open.order))
            found.push_back(fmt::format("{} is left open: {}", open.order, open.what));
}

// Also while the wall clock is set.
void check_times(const EventStore& store, Found& found) {
    Timestamp before;
    each_event(store, [&](const Recorded& event) {
        if (event.time < before)
            found.push_back(fmt::format("position {} is {} ms earlier than the event before it", event.position.value,
                                        before.value - event.time.value));
        before = event.time;
    });
}

// A retry waits about as long as was decided, in time that nobody can set. The slack is for a server that is down or
// paused, for a provider that is away, and for a clock that begins at the log's last event.
void check_retries(const SimulatedServer& server, Found& found) {
    constexpr std::chrono::milliseconds slack = std::chrono::hours{2};
    const auto& store = server.store();
    store.each_stream(saga::journal_prefix, [&](std::string_view stream, Version version) {
        std::optional<std::pair<Position, std::chrono::milliseconds>> retry;  // decided at, wait
        for (const auto& recorded : store.read_stream(stream, Version{1}, version.value)) {
            if (retry && server.written_at(recorded.position) - server.written_at(retry->first) >
                             retry->second + retry->second / 10 + slack)
                found.push_back(
                    fmt::format("{} waited too long for the retry decided at {}", stream, retry->first.value));
            retry.reset();
            const auto event = decode<saga::Event>(recorded);
            if (!event) break;
            if (const auto* completed = std::get_if<saga::event::CommandCompleted>(&*event))
                if (const auto at = saga::time_if_any(completed->retry_at))
                    retry = {recorded.position, std::chrono::milliseconds{at->value - recorded.time.value}};
        }
        return true;
    });
}

// Every saga has ended, or waits for an event that may still arrive. Operators have retried every parked saga since the
// faults ended, so only what an unreadable event concerns is still parked.
void check_sagas(const EventStore& store, const saga::PendingWork& sagas, const Unreadable& unreadable, Found& found) {
    const saga::DecisionContext end_of_time{Timestamp{std::numeric_limits<std::int64_t>::max() / 2}};
    store.each_stream(saga::journal_prefix, [&](std::string_view stream, Version version) {
        const auto& manager = *saga::manager_of(stream, saga::all_sagas());
        if (unreadable.streams.contains(stream)) return true;
        const bool may_be_parked = unreadable.concerns(saga::order_of_journal(manager.definition->name, stream).value);
        saga::State state{*manager.definition};
        for (const auto& recorded : store.read_stream(stream, Version{1}, version.value)) {
            const auto event = decode<saga::Event>(recorded).value();
            const auto* parked = std::get_if<saga::event::Parked>(&event);
            if (parked != nullptr && parked->step.empty() && !(may_be_parked && is_unreadable(parked->reason)))
                found.push_back(fmt::format("{} met what nobody foresaw: {}", stream, parked->reason));
            state = evolve(std::move(state), event);
        }
        if (state.parked && !may_be_parked) found.push_back(fmt::format("{} is parked for no reason", stream));
        if (saga::is_in<saga::phase::Ended>(state) || state.parked) return true;
        if (!std::holds_alternative<saga::action::Wait>(manager.advance(state, end_of_time)))
            found.push_back(fmt::format("{} has something to do and does not do it", stream));
        return true;
    });
    // A saga that is parked at an unreadable event answers what it has heard, and what starts it, when it goes on.
    for (const auto& [stream, triggers] : sagas.unanswered) {
        const auto& manager = *saga::manager_of(stream, saga::all_sagas());
        const auto order = saga::order_of_journal(manager.definition->name, stream).value;
        const bool waits = sagas.parked.contains(stream) && unreadable.concerns(order);
        if (!waits && !unreadable.streams.contains(stream))
            found.push_back(fmt::format("{} has not answered an event", stream));
    }
    if (sagas.unreadable > 0 && unreadable.streams.empty()) found.push_back("a journal cannot be read");
}

}  // namespace

void each_event(const EventStore& store, const std::function<void(const Recorded&)>& visit) {
    for (Position at; at < store.head();) {
        const auto batch = store.read_log(at, page);
        for (const auto& event : batch) visit(event);
        at = batch.back().position;
    }
}

std::vector<std::string> invariant_violations(SimulatedServer& server, const ProviderLedger& ledger,
                                              const Actors& actors) {
    Found found;
    const auto& store = server.store();
    if (!server.is_at_rest()) found.emplace_back("the backend does not come to rest");
    check_commands(store, actors, found);
    const auto unreadable = unreadable_in(store);
    check_deliveries(store, unreadable, found);
    check_returns(store, unreadable, found);
    check_times(store, found);
    check_retries(server, found);
    const auto sagas = pending_work(store);
    check_books(store, ledger, sagas, unreadable, found);
    check_sagas(store, sagas, unreadable, found);
    for (auto& row : server.differing_rows())
        if (unreadable.streams.empty() || !row.ends_with(" rows are parked")) found.push_back(std::move(row));
    std::ranges::sort(found);
    return found;
}

}  // namespace sillok::simulation
