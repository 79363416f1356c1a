#include "tools/simulation/actors.hpp"

#include <string>

namespace sillok::simulation {
namespace {

using namespace std::chrono_literals;
using Reply = SimulatedServer::Reply;

constexpr int products = 6;

ProductId product_id(std::int64_t number) { return {"p-" + std::to_string(number)}; }
Money won(std::int64_t amount) { return {amount, {{'K', 'R', 'W'}}}; }

}  // namespace

Microseconds Actors::within(std::chrono::seconds longest) {
    return Microseconds{rng_.under(Microseconds{longest}.count())};
}

void Actors::come(std::size_t orders, Microseconds span) {
    for (int product = 0; product < products; ++product) receive_goods(product);
    for (std::size_t number = 1; number <= orders; ++number) {
        scheduler_.after(Microseconds{rng_.under(span.count())}, [this, number] { order(number); });
        // Receipts add about as many goods as are ordered, so some orders find no stock.
        if (number % 8 == 0)
            scheduler_.after(Microseconds{rng_.under(span.count())},
                             [this] { receive_goods(static_cast<int>(rng_.under(products))); });
    }
}

template <Decider D>
void Actors::submit_until_answered(const typename D::Id& id, const typename D::Command& command, const Hear& hear) {
    submit_until_answered<D>(id, command, Uuid{uuid_v7(0, rng_.bits(), rng_.bits())}, hear);
}

template <Decider D>
void Actors::submit_until_answered(const typename D::Id& id, const typename D::Command& command, const Uuid& command_id,
                                   const Hear& hear) {
    const auto answered = [this, id, command, command_id, hear](Reply reply) {
        if (reply == Reply::accepted) accepted_.insert(command_id);
        if (reply == Reply::accepted || reply == Reply::refused) return hear(reply);
        scheduler_.after(within(5s), [this, id, command, command_id, hear] {
            const bool fresh = injected_bug_ == InjectedBug::client_with_fresh_id;
            submit_until_answered<D>(id, command, fresh ? uuid_v7(0, rng_.bits(), rng_.bits()) : command_id, hear);
        });
    };
    const bool doubled = rng_.happens(rates_.command_doubled);
    server_.give<D>(id, command, command_id, answered);
    if (doubled) server_.give<D>(id, command, command_id, [](Reply) {});
}

void Actors::receive_goods(int product) {
    ++receipts_;
    submit_until_answered<stock::Stock>(product_id(product), stock::command::Receive{{rng_.between(3, 25)}},
                                        [this](Reply reply) { receipts_ -= reply == Reply::refused; });
}

void Actors::order(std::size_t number) {
    const OrderId id{"o-" + std::to_string(number)};
    order::command::Place place{CustomerId{"c-" + std::to_string(rng_.under(20))}, "Kim", "Seoul", {}};
    const auto lines = rng_.between(1, 3);
    const bool is_free = rng_.happens(0.05);
    for (std::int64_t line = 0; line < lines; ++line) {
        const auto product = product_id(rng_.under(products));
        place.lines.push_back(
            {product, product.value, {rng_.between(1, 3)}, won(is_free ? 0 : rng_.between(1, 1'000))});
    }
    submit_until_answered<order::Order>(id, place, [this, id](Reply reply) {
        if (reply != Reply::accepted) return;
        ++orders_placed_;
        if (rng_.happens(0.15)) scheduler_.after(within(rng_.happens(0.5) ? 1s : 90s), [this, id] { cancel(id); });
        scheduler_.after(within(60s), [this, id] { send(id, 8); });
    });
}

std::string Actors::some_stream(std::size_t orders) {
    const auto order = "o-" + std::to_string(rng_.between(1, static_cast<std::int64_t>(orders)));
    switch (rng_.under(7)) {
        case 0: return stream_name<order::Order>({order});
        case 1: return stream_name<payment::Payment>({order});
        case 2: return stream_name<delivery::Delivery>({order});
        case 3: return "saga-fulfilment-" + order;
        case 4: return "saga-cancellation-" + order;
        case 5: return "warehouse-" + order;
        default: return stream_name<stock::Stock>(product_id(rng_.under(products)));
    }
}

void Actors::cancel(const OrderId& id) {
    submit_until_answered<order::Order>(id, order::command::RequestCancellation{"changed my mind"}, [](Reply) {});
}

void Actors::send(const OrderId& id, int attempts) {
    submit_until_answered<delivery::Delivery>(
        id, delivery::command::Start{"post", "1"}, [this, id, attempts](Reply reply) {
            if (reply == Reply::accepted)
                scheduler_.after(within(60s), [this, id] { finish(id); });
            else if (attempts > 1)
                scheduler_.after(within(120s), [this, id, attempts] { send(id, attempts - 1); });
        });
}

void Actors::finish(const OrderId& id) {
    const bool comes_back = rng_.happens(0.1);
    if (comes_back && rng_.happens(0.5)) {
        submit_until_answered<delivery::Delivery>(id, delivery::command::Return{}, [](Reply) {});
        return;
    }
    submit_until_answered<delivery::Delivery>(id, delivery::command::Complete{}, [this, id, comes_back](Reply) {
        if (!comes_back) return;
        scheduler_.after(within(60s), [this, id] {
            submit_until_answered<delivery::Delivery>(id, delivery::command::Return{}, [](Reply) {});
        });
    });
}

}  // namespace sillok::simulation
