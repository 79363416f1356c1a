#include "sagas/reconciliation/log_reader.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/stream_name.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/reconciliation/call_reader.hpp"
#include "sagas/reconciliation/payment_reader.hpp"
#include "sagas/reconciliation/stock_reader.hpp"

#include <spdlog/fmt/fmt.h>

#include <string>

namespace sillok::reconciliation {
namespace {

template <class Event, class Read>
void decoded(const Recorded& recorded, const ReadingAt& at, Read&& read) {
    if (const auto event = decode<Event>(recorded))
        read(*event);
    else
        at.differs("", "", event.error().what);
}

}  // namespace

void ReadingAt::differs(std::string_view order, std::string_view product, std::string_view what) const {
    entries.differences.push_back(
        {std::string{order}, std::string{product}, fmt::format("position {}: {}", position.value, what)});
}

void ReadingAt::is_explained(std::string_view order, std::string_view what) const {
    entries.explained.push_back({std::string{order}, "", fmt::format("position {}: {}", position.value, what)});
}

void LogReader::read(const Recorded& recorded) {
    ++entries_.events;
    if (!left_out_.empty() && left_out_.contains(recorded.event_id)) return;
    if (!saga::is_in_its_stream(recorded)) return;
    const ReadingAt at{entries_, recorded.position};
    const std::string id{id_of(recorded.stream)};
    if (is_event_of<stock::Stock::Event>(recorded.type))
        decoded<stock::Stock::Event>(recorded, at, [&](const auto& event) { StockReader{at, id}.read(event); });
    else if (is_event_of<order::Order::Event>(recorded.type))
        decoded<order::Order::Event>(recorded, at, [&](const auto& event) { OrderReader{at, id}.read(event); });
    else if (is_event_of<payment::Payment::Event>(recorded.type))
        decoded<payment::Payment::Event>(recorded, at, [&](const auto& event) { PaymentReader{at, id}.read(event); });
    else if (recorded.type == delivery::event::Completed::name.type)
        entries_.orders[id].has_goods = true;
    else if (recorded.type == delivery::event::Returned::name.type)
        entries_.orders[id].has_goods = false;
    else if (is_event_of<saga::Event>(recorded.type))
        decoded<saga::Event>(recorded, at,
                             [&](const auto& event) { CallReader{entries_, recorded.stream}.read(event); });
}

}  // namespace sillok::reconciliation
