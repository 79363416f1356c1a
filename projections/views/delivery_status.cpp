#include "projections/views/delivery_status.hpp"

#include "aggregates/skipped_event.hpp"
#include "eventstore/stream_name.hpp"
#include "projections/engine/decoded.hpp"
#include "projections/engine/view_definition.hpp"

namespace sillok {

namespace {

enum Index : IndexNumber { by_age = 1, by_state = 2 };  // stored

using Row = DeliveryStatus::Row;
using Phase = DeliveryStatus::Phase;

}  // namespace

std::optional<std::string> DeliveryStatus::key(const Recorded& event) {
    if (category_of(event.stream) != delivery::Delivery::category) return std::nullopt;
    return std::string{id_of(event.stream)};
}

std::optional<Row> DeliveryStatus::project(std::optional<Row> row, const Recorded& event) {
    if (is_skip(event)) {
        if (row) row->version = event.version;
        return row;
    }
    const auto happened = decoded<delivery::Delivery::Event>(event);
    require_follows(delivery::follows(row ? row->state : Phase::absent, happened), event);
    if (!row) {
        row.emplace();
        row->order = OrderId{std::string{id_of(event.stream)}};
        row->prepared = event.position;
    }
    row->state = std::visit(Overloaded{
                                [&](const delivery::event::Prepared& it) {
                                    row->address = it.address;
                                    return Phase::prepared;
                                },
                                [&](const delivery::event::Started& it) {
                                    row->carrier = it.carrier;
                                    row->tracking_number = it.tracking_number;
                                    return Phase::started;
                                },
                                [](const delivery::event::Completed&) { return Phase::delivered; },
                                [](const delivery::event::Cancelled&) { return Phase::cancelled; },
                                [](const delivery::event::Returned&) { return Phase::returned; },
                                [](const delivery::event::Recalled&) { return Phase::recalled; },
                            },
                            happened);
    row->customer = std::visit([](const auto& it) { return it.customer; }, happened);
    row->history.push_back(timeline_entry(event));
    row->version = event.version;
    row->updated_at = event.time;
    return row;
}

std::vector<IndexEntry> DeliveryStatus::indexes(const Row& row) {
    const auto age = oldest_first(row.prepared);
    return {{by_age, {}, age, {}}, {by_state, letter_of(row.state), age, {}}};
}

std::vector<std::string> DeliveryStatus::streams(std::string_view key) {
    return {stream_name<delivery::Delivery>(OrderId{std::string{key}})};
}

Selection DeliveryStatus::all() { return {by_age, {}}; }
Selection DeliveryStatus::in_state(Phase state) { return {by_state, letter_of(state)}; }

template class View<DeliveryStatus>;

}  // namespace sillok
