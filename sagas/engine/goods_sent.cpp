#include "sagas/engine/goods_sent.hpp"

#include "aggregates/decider.hpp"
#include "aggregates/rejection.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/base/overloaded.hpp"
#include "sagas/engine/journal_reader.hpp"
#include "sagas/engine/saga_errors.hpp"
#include "sagas/engine/saga_names.hpp"

#include <variant>

namespace sillok::saga {

Quantity GoodsSent::of(const OrderId& order, const ProductId& product, Position written) {
    const auto stream = stream_name<stock::Stock>(product);
    const bool is_another = order != order_;
    if ((is_another || moved_.contains(stream)) && !store_.wait_durable(written)) throw LogUnavailable("the log ended");
    if (is_another) begin(order);
    for (auto& journal : journals_) read_on(journal);
    const auto found = goods_.find(stream);
    return found == goods_.end() ? Quantity{} : found->second.sent;
}

void GoodsSent::moves(const OrderId& order, const ProductId& product) {
    if (order == order_) moved_.insert(stream_name<stock::Stock>(product));
}

void GoodsSent::begin(const OrderId& order) {
    order_ = order;
    journals_.clear();
    goods_.clear();
    moved_.clear();
    for (const auto& manager : managers_) journals_.push_back({&manager, stream_of(*manager.definition, order)});
}

void GoodsSent::read_on(Journal& journal) {
    each_journal_event(
        store_, journal.stream,
        [&](const Recorded& recorded, const Event& event) {
            read(journal, recorded.position, event);
            journal.read = recorded.version;
        },
        journal.read);
}

void GoodsSent::read(Journal& journal, Position position, const Event& event) {
    std::visit(Overloaded{
                   [&](const event::Started& it) {
                       journal.definition =
                           find_version(*journal.manager->definition, it.definition, it.definition_version);
                       for (const auto& item : it.items)
                           goods_[stream_name<stock::Stock>(item.product)].ordered = item.quantity;
                   },
                   [&](const event::CommandScheduled& it) { journal.intent = it; },
                   [&](const event::CommandCompleted& it) {
                       if (it.command_id == journal.intent.command_id) settle(journal, position, journal.intent, it);
                   },
                   [&](const event::CommandExecuted& it) { settle(journal, position, scheduled(it), completed(it)); },
                   [](const auto&) {},
               },
               event);
}

// The last thing that any of the sagas has done with the goods counts.
void GoodsSent::settle(const Journal& journal, Position position, const event::CommandScheduled& intent,
                       const event::CommandCompleted& result) {
    if (journal.definition == nullptr || result.outcome != Outcome::done) return;
    const auto found = goods_.find(intent.target);
    if (found == goods_.end() || position <= found->second.last) return;
    auto& goods = found->second;
    const auto act = act_of(*journal.definition, intent.step, intent.direction);
    if (act == Act::commit_stock) {
        goods.sent = goods.ordered;
        goods.last = position;
    } else if (act == Act::give_back_stock && result.detail != code(Rejection::reservation_unknown)) {
        goods.sent = {};
        goods.last = position;
    }
}

}  // namespace sillok::saga
