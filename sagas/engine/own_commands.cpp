#include "sagas/engine/own_commands.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "sagas/engine/order_details.hpp"
#include "sagas/engine/saga_errors.hpp"
#include "sagas/engine/step_result.hpp"

#include <spdlog/fmt/fmt.h>

#include <utility>
#include <variant>
#include <vector>

namespace sillok::saga {
namespace {

using order::Order;

std::vector<Item> items_of(const std::vector<order::Line>& lines) {
    std::vector<Item> items;
    items.reserve(lines.size());
    for (const auto& line : lines) items.push_back({line.product, line.quantity});
    return summed(items);
}

}  // namespace

OrderDetails OwnCommands::order_details(const Recorded& recorded, const OrderId& order) {
    if (recorded.type == order::event::Placed::name.type) {
        auto event = decode<Order::Event>(recorded);
        if (!event) throw StreamUnreadable(unreadable(recorded, std::move(event).error()));
        const auto& placed = std::get<order::event::Placed>(*event);
        return {placed.customer, placed.customer_address, placed.total, items_of(placed.lines)};
    }
    return targets_.orders.with_state(unit_, order, [](const Order::State& state, Version) {
        return OrderDetails{state.customer, state.customer_address, state.total, items_of(state.lines)};
    });
}

StepResult OwnCommands::execute(const State& state, const Intent& intent, Resumed resumed) {
    // An older program wrote the intent, the command's events and the outcome in commits of their own, and may have
    // stopped between any two of them.
    if (resumed == Resumed::yes && store_.find_command(intent.command_id)) return done();
    const auto& order = state.order;
    const auto& id = intent.command_id;
    const auto& products = state.details.items;
    switch (intent.act) {
        case Act::reserve_stock: return reserve_stock(state, intent);
        case Act::give_back_stock: return give_back_stock(products[intent.item].product, order, id);
        case Act::commit_stock: return commit_stock(products[intent.item].product, order, id);
        case Act::confirm_order:
        case Act::reject_order: return close_order(state, intent);
        case Act::cancel_order: return cancel_order(state, intent);
        case Act::refuse_cancellation:
            return answer_of(targets_.orders.submit(unit_, order, order::command::RefuseCancellation{}, id),
                             {Rejection::already_confirmed, Rejection::already_completed, Rejection::already_returned});
        case Act::complete_order:
            return answer_of(targets_.orders.submit(unit_, order, order::command::Complete{}, id),
                             {Rejection::already_completed});
        case Act::return_order:
            return answer_of(targets_.orders.submit(unit_, order, order::command::Return{}, id),
                             {Rejection::already_returned, Rejection::already_cancelled});
        case Act::prepare_delivery: return prepare_delivery(state, intent);
        case Act::look_for_payment: return look_for_payment(order);
        case Act::look_for_return: return look_for_return(order);
        case Act::cancel_delivery: return cancel_delivery(order, id);
        case Act::authorise_payment:
        case Act::capture_payment:
        case Act::undo_payment: break;
    }
    std::unreachable();
}

StepResult OwnCommands::reserve_stock(const State& state, const Intent& intent) {
    const auto& item = state.details.items[intent.item];
    const auto reserved = targets_.stock.submit(unit_, item.product,
                                                stock::command::Reserve{state.order, item.quantity}, intent.command_id);
    auto answer = answer_of(reserved, {});
    if (!reserved && reserved.error().available)
        answer.detail = fmt::format("{}: {} wanted, {} available", item.product.value, item.quantity.value,
                                    *reserved.error().available);
    return answer;
}

StepResult OwnCommands::give_back_stock(const ProductId& product, const OrderId& order, const Uuid& command_id) {
    auto& stock = targets_.stock;
    const auto released = stock.submit(unit_, product, stock::command::Release{order}, command_id);
    if (released || released.error().reason != Rejection::reservation_unknown) return answer_of(released, {});
    const auto return_id = further_id(command_id, "return");
    const auto sent = goods_sent_.of(order, product, unit_.last_accepted());
    // An older program has returned them in a commit of its own, and has stopped before it wrote the outcome.
    if (sent.value == 0 || store_.find_command(return_id)) return done(std::string{code(released.error().reason)});
    goods_sent_.moves(order, product);
    return answer_of(stock.submit(unit_, product, stock::command::Return{order, sent}, return_id), {});
}

// The stock has forgotten a reservation that was committed. Another saga of this order may have done that.
StepResult OwnCommands::commit_stock(const ProductId& product, const OrderId& order, const Uuid& command_id) {
    const auto committed = targets_.stock.submit(unit_, product, stock::command::Commit{order}, command_id);
    if (committed) goods_sent_.moves(order, product);
    if (!committed && committed.error().reason == Rejection::reservation_unknown &&
        goods_sent_.of(order, product, unit_.last_accepted()).value > 0)
        return done(std::string{code(Rejection::already_committed)});
    return answer_of(committed, {});
}

// Confirms or rejects. A refusal because of a cancellation has its own code: another saga takes over.
StepResult OwnCommands::close_order(const State& state, const Intent& intent) {
    auto& orders = targets_.orders;
    const auto& order = state.order;
    const auto& id = intent.command_id;
    auto answer =
        intent.act == Act::confirm_order
            ? answer_of(orders.submit(unit_, order, order::command::Confirm{}, id), {Rejection::already_confirmed})
            : answer_of(orders.submit(unit_, order, order::command::Reject{state.reason, state.detail}, id),
                        {Rejection::already_rejected});
    if (answer.outcome != Outcome::refused) return answer;
    const auto phase = phase_of(order);
    if (phase == Order::Phase::cancelling || phase == Order::Phase::cancelled)
        answer.code = text(RefusalReason::cancellation_requested);
    return answer;
}

// An order that was completed before its goods came back is returned instead: goods and money were given back.
StepResult OwnCommands::cancel_order(const State& state, const Intent& intent) {
    auto& orders = targets_.orders;
    auto answer = answer_of(orders.submit(unit_, state.order, order::command::Cancel{}, intent.command_id),
                            {Rejection::already_cancelled});
    if (answer.outcome != Outcome::refused) return answer;
    const auto phase = phase_of(state.order);
    if (phase == Order::Phase::returned) return done("returned already");
    if (phase != Order::Phase::completed) return answer;
    if (delivery_phase_of(state.order) != delivery::Delivery::Phase::returned) return done("completed already");
    return answer_of(orders.submit(unit_, state.order, order::command::Return{}, intent.command_id), {});
}

StepResult OwnCommands::prepare_delivery(const State& state, const Intent& intent) {
    const delivery::command::Prepare prepare{state.details.customer, state.details.address};
    return answer_of(targets_.deliveries.submit(unit_, state.order, prepare, intent.command_id),
                     {Rejection::delivery_exists});
}

StepResult OwnCommands::look_for_payment(const OrderId& order) {
    const auto refunded = targets_.payments.with_state(
        unit_, order, [](const payment::Payment::State& state, Version) { return state.refunded.amount; });
    if (refunded == 0 || are_goods_back(order)) return done();
    return {Outcome::refused, std::string{delivered_and_refunded_code},
            "the goods have arrived, and the customer has been paid back"};
}

StepResult OwnCommands::look_for_return(const OrderId& order) {
    auto answer = done();
    if (are_goods_back(order)) answer.code = returned_code;
    return answer;
}

StepResult OwnCommands::cancel_delivery(const OrderId& order, const Uuid& command_id) {
    using Phase = delivery::Delivery::Phase;
    const auto before = delivery_phase_of(order);
    auto answer = answer_of(targets_.deliveries.submit(unit_, order, delivery::command::Cancel{}, command_id),
                            {Rejection::not_prepared, Rejection::delivery_cancelled_already,
                             Rejection::already_returned, Rejection::already_recalled});
    if (answer.outcome == Outcome::done && (before == Phase::started || before == Phase::recalled))
        answer.code = refund_in_transit_ == RefundInTransit::at_once ? recalled_and_paid_back_code : recalled_code;
    return answer;
}

bool OwnCommands::request_cancellation(const OrderId& order, const std::string& reason, const Uuid& operator_command) {
    const auto id = operator_command.is_nil() ? operator_command : further_id(operator_command, "cancellation");
    const order::command::RequestCancellation request{reason, delivery::has_arrived(delivery_phase_of(order))};
    return targets_.orders.submit(unit_, order, request, id).has_value();
}

Order::Phase OwnCommands::phase_of(const OrderId& order) {
    return targets_.orders.with_state(unit_, order, [](const Order::State& state, Version) { return state.phase; });
}

delivery::Delivery::Phase OwnCommands::delivery_phase_of(const OrderId& order) {
    return targets_.deliveries.with_state(unit_, order,
                                          [](const delivery::Delivery::State& state, Version) { return state.phase; });
}

}  // namespace sillok::saga
