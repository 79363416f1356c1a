#include "sagas/engine/saga_names.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/stream_name.hpp"

#include <utility>

namespace sillok::saga {
namespace {

// The root of all command ids of sagas.
const Uuid saga_namespace = *Uuid::parse("6c1f0f8e-2d0b-5f3a-9a55-2f7f0d5c7b10");

}  // namespace

std::string stream_of(std::string_view saga, const OrderId& order) {
    std::string stream;
    stream.reserve(journal_prefix.size() + saga.size() + 1 + order.value.size());
    stream.append(journal_prefix).append(saga).append("-").append(order.value);
    return stream;
}

std::string stream_of(const Definition& definition, const OrderId& order) { return stream_of(definition.name, order); }

std::string stream_of_journal(std::string_view saga_and_order) {
    std::string stream{journal_prefix};
    stream.append(saga_and_order);
    return stream;
}

bool is_journal_of(std::string_view saga, std::string_view stream) {
    if (!stream.starts_with(journal_prefix)) return false;
    const auto saga_and_order = stream.substr(journal_prefix.size());
    return saga_and_order.starts_with(saga) && saga_and_order.substr(saga.size()).starts_with('-');
}

OrderId order_of_journal(std::string_view saga, std::string_view stream) {
    return OrderId{std::string{stream.substr(journal_prefix.size() + saga.size() + 1)}};
}

bool is_in_its_stream(const Recorded& recorded) {
    const std::string_view type = recorded.type;
    return type.substr(0, type.find('.')) == category_of(recorded.stream);
}

std::optional<OrderId> order_of(const Recorded& recorded) {
    if (!is_in_its_stream(recorded)) return std::nullopt;
    return OrderId{std::string{id_of(recorded.stream)}};
}

Uuid instance_of(const Definition& definition, const OrderId& order) {
    const auto stream = stream_of(definition, order);
    const auto order_id = Uuid::parse(order.value);
    return order_id ? uuid_v8(*order_id, saga_namespace, stream) : uuid_v5(saga_namespace, stream);
}

Uuid command_id_of(const State& state, const Step& step, std::uint32_t item, Direction direction,
                   const Uuid& key_space) {
    std::string name{step.name};
    name.append(direction == Direction::forward ? "/forward/" : "/compensate/");
    name.append(std::to_string(state.generation));
    if (step.per_item) name.append("/").append(state.details.items[item].product.value);
    if (!key_space.is_nil()) name.append("/").append(key_space.text());
    return uuid_v8(state.instance, state.instance, name);
}

std::string target_of(const State& state, Act act, std::uint32_t item) {
    switch (act) {
        case Act::reserve_stock:
        case Act::give_back_stock:
        case Act::commit_stock: return stream_name<stock::Stock>(state.details.items[item].product);
        case Act::authorise_payment:
        case Act::capture_payment:
        case Act::look_for_payment:
        case Act::undo_payment: return stream_name<payment::Payment>(state.order);
        case Act::confirm_order:
        case Act::reject_order:
        case Act::cancel_order:
        case Act::refuse_cancellation:
        case Act::complete_order:
        case Act::return_order: return stream_name<order::Order>(state.order);
        case Act::prepare_delivery:
        case Act::look_for_return:
        case Act::cancel_delivery: return stream_name<delivery::Delivery>(state.order);
    }
    std::unreachable();
}

}  // namespace sillok::saga
