#include "sagas/engine/goods_sent.hpp"

#include "aggregates/decider.hpp"
#include "aggregates/rejection.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/base/overloaded.hpp"
#include "sagas/engine/journal_reader.hpp"
#include "sagas/engine/saga_names.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <variant>

namespace sillok::saga {
namespace {

// Follows one journal, and remembers the last thing that was done with the product's goods.
class GoodsReader {
   public:
    GoodsReader(const Manager& manager, const ProductId& product)
        : newest_(*manager.definition), product_(product), stream_(stream_name<stock::Stock>(product)) {}

    void read(Position position, const Event& event) {
        std::visit(Overloaded{
                       [&](const event::Started& it) { begin(it); },
                       [&](const event::CommandScheduled& it) { intent_ = it; },
                       [&](const event::CommandCompleted& it) {
                           if (it.command_id == intent_.command_id) settle(position, intent_, it);
                       },
                       [&](const event::CommandExecuted& it) { settle(position, scheduled(it), completed(it)); },
                       [](const auto&) {},
                   },
                   event);
    }

    Position last;  // of what was done
    Quantity sent;

   private:
    void begin(const event::Started& started) {
        definition_ = find_version(newest_, started.definition, started.definition_version);
        const auto item = std::ranges::find(started.items, product_, &Item::product);
        ordered_ = item == started.items.end() ? Quantity{} : item->quantity;
    }

    void settle(Position position, const event::CommandScheduled& intent, const event::CommandCompleted& result) {
        if (definition_ == nullptr || result.outcome != Outcome::done || intent.target != stream_) return;
        const auto act = act_of(*definition_, intent.step, intent.direction);
        if (act == Act::commit_stock) {
            last = position;
            sent = ordered_;
        } else if (act == Act::give_back_stock && result.detail != code(Rejection::reservation_unknown)) {
            last = position;
            sent = {};
        }
    }

    const Definition& newest_;
    const ProductId& product_;
    const std::string stream_;
    const Definition* definition_ = nullptr;
    Quantity ordered_;
    event::CommandScheduled intent_;
};

}  // namespace

Quantity goods_sent(const EventStore& store, const OrderId& order, const ProductId& product,
                    std::span<const Manager> managers) {
    Position last;
    Quantity sent;
    for (const auto& manager : managers) {
        GoodsReader goods{manager, product};
        each_journal_event(store, stream_of(*manager.definition, order),
                           [&](const Recorded& recorded, const Event& event) { goods.read(recorded.position, event); });
        if (goods.last <= last) continue;
        last = goods.last;
        sent = goods.sent;
    }
    return sent;
}

}  // namespace sillok::saga
