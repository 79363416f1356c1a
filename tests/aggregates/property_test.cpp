// What holds after any sequence of commands, tried on seeded random ones. A failure prints its seed.
#include "tests/aggregates/given_when_then.hpp"

#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/stock.hpp"

#include <cstdint>
#include <functional>
#include <random>

namespace sillok {
namespace {

constexpr std::uint64_t seeds = 60;
constexpr int commands_each = 120;

const Currency krw{{'K', 'R', 'W'}};
const Currency gbp{{'G', 'B', 'P'}};

// Chance, in the words of the tests.
class Random {
   public:
    explicit Random(std::uint64_t seed) : bits_(seed) {}
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(bits_() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool one_in(std::int64_t times) { return between(1, times) == 1; }
    Quantity quantity() { return {one_in(20) ? between(-1, 0) : between(1, 12)}; }
    OrderId order() { return {"o-" + std::to_string(between(1, 8))}; }
    std::string word() { return std::string(1, static_cast<char>('a' + between(0, 2))); }
    Money money() { return {one_in(20) ? between(-2, 0) : between(1, 100), one_in(20) ? gbp : krw}; }
    template <class T>
    std::optional<T> maybe(T value) {
        return one_in(2) ? std::optional{std::move(value)} : std::nullopt;
    }

   private:
    std::mt19937_64 bits_;
};

template <Decider D>
using Commands = std::function<typename D::Command(Random&)>;
template <Decider D>
using Invariant = std::function<void(const typename D::State&, const std::vector<typename D::Event>& history)>;

template <Decider D>
typename D::State restored(const typename D::State& state) {
    typename D::State copy;
    REQUIRE(from_bytes(to_bytes(state), copy));
    return copy;
}

// Runs random commands; checks the invariant after every event, and what is true of every decider.
template <Decider D>
void try_out(
    const Commands<D>& next_command, const Invariant<D>& invariant,
    const std::function<bool(const typename D::Command&)>& adds_up = [](const auto&) { return false; }) {
    int accepted = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        Random random{seed};
        typename D::State state;
        std::vector<typename D::Event> history;
        for (int count = 0; count < commands_each; ++count) {
            const auto command = next_command(random);
            const auto decision = D::decide(state, command);
            REQUIRE((D::decide(state, command) == decision));  // a function of state and command
            if (!decision) continue;
            for (const auto& event : *decision) {
                REQUIRE(D::follows(state, event));
                state = D::evolve(std::move(state), event);
                history.push_back(event);
                invariant(state, history);
                ++accepted;
            }
            // The same command again: refused, or so already; but for those that add up.
            if (const auto again = D::decide(state, command); again && !adds_up(command)) REQUIRE(again->empty());
        }
        REQUIRE((fold<D>({}, history) == state));
        REQUIRE((restored<D>(state) == state));
    }
    CHECK(accepted > static_cast<int>(seeds));  // or the commands were not worth trying
}

template <class Event, class... Events>
std::int64_t sum(const std::vector<std::variant<Events...>>& history, auto member) {
    std::int64_t total = 0;
    for (const auto& event : history)
        if (const auto* one = std::get_if<Event>(&event)) total += (one->*member).value;
    return total;
}

}  // namespace

TEST_CASE("stock is never negative, never sold twice, and no piece is lost") {
    using namespace stock;
    try_out<Stock>(
        [](Random& random) -> Stock::Command {
            switch (random.between(0, 7)) {
                case 0: return command::Receive{random.quantity()};
                case 1: return command::Adjust{{random.between(-6, 6)}, "stocktaking"};
                case 2: return command::Release{random.order()};
                case 3: return command::Commit{random.order()};
                case 4: return command::Return{random.order(), random.quantity()};
                default: return command::Reserve{random.order(), random.quantity()};
            }
        },
        [](const Stock::State& state, const std::vector<Stock::Event>& history) {
            Quantity open;
            for (const auto& [order, quantity] : state.reservations.entries()) open += quantity;
            REQUIRE(state.reserved == open);
            REQUIRE(state.reserved >= Quantity{0});
            REQUIRE(state.reserved <= state.on_hand);
            REQUIRE(state.on_hand.value == sum<event::Received>(history, &event::Received::quantity) +
                                               sum<event::Adjusted>(history, &event::Adjusted::delta) -
                                               sum<event::Committed>(history, &event::Committed::quantity) +
                                               sum<event::Returned>(history, &event::Returned::quantity));
        },
        [](const Stock::Command& command) {
            return std::holds_alternative<command::Receive>(command) ||
                   std::holds_alternative<command::Adjust>(command) || std::holds_alternative<command::Return>(command);
        });
}

TEST_CASE("no more is captured than authorised, no more refunded than captured") {
    using namespace payment;
    try_out<Payment>(
        [](Random& random) -> Payment::Command {
            switch (random.between(0, 12)) {
                case 0: return command::Request{{"c-1"}, random.money()};
                case 1: return command::RecordAuthorised{"auth"};
                case 2:
                    return random.one_in(4) ? Payment::Command{command::RecordDeclined{"no"}}
                                            : command::RecordOutcomeUnknown{"?"};
                case 3: return command::ResolveAuthorised{"auth"};
                case 4:
                    return random.one_in(4) ? Payment::Command{command::ResolveDeclined{"no"}}
                                            : command::Capture{random.money()};
                case 5: return random.one_in(8) ? Payment::Command{command::Void{}} : command::Capture{random.money()};
                case 6:
                    return random.one_in(2) ? Payment::Command{command::RecordRefundFailed{"no"}}
                                            : command::RecordCaptureRefused{random.money(), "no"};
                case 7:
                case 8: return command::RecordRefunded{};
                default: return command::Refund{random.money()};
            }
        },
        [](const Payment::State& state, const std::vector<Payment::Event>& history) {
            std::int64_t authorised = 0;
            std::int64_t captured = 0;
            std::int64_t refunded = 0;
            for (const auto& event : history) {
                if (const auto* one = std::get_if<event::Authorised>(&event)) authorised += one->amount.amount;
                if (const auto* one = std::get_if<event::Captured>(&event)) captured += one->amount.amount;
                if (const auto* one = std::get_if<event::Refunded>(&event)) refunded += one->amount.amount;
            }
            REQUIRE(captured <= authorised);
            REQUIRE(refunded + state.refund_asked.amount <= captured);
            REQUIRE(refunded >= 0);
            REQUIRE(state.captured.amount == captured);
            REQUIRE(state.refunded.amount == refunded);
        },
        // A capture may be refused as often as it is tried.
        [](const Payment::Command& command) { return std::holds_alternative<command::RecordCaptureRefused>(command); });
}

TEST_CASE("an order ends once") {
    using namespace order;
    try_out<Order>(
        [](Random& random) -> Order::Command {
            switch (random.between(0, 11)) {
                case 0: return command::Confirm{};
                case 1: return command::Reject{"r", "d"};
                case 2: return command::RequestCancellation{"r"};
                case 3: return command::Cancel{};
                case 4: return command::Complete{};
                default: {
                    std::vector<Line> lines;
                    for (auto count = random.between(0, 3); count > 0; --count)
                        lines.push_back({{random.word()}, "", random.quantity(), random.money()});
                    return command::Place{{"c-1"}, "", "", lines};
                }
            }
        },
        [](const Order::State& state, const std::vector<Order::Event>& history) {
            int ends = 0;
            for (const auto& event : history)
                ends += std::holds_alternative<event::Rejected>(event) ||
                        std::holds_alternative<event::Cancelled>(event) ||
                        std::holds_alternative<event::Completed>(event);
            REQUIRE(ends <= 1);
            std::int64_t total = 0;
            for (const auto& line : state.lines) total += line.quantity.value * line.unit_price.amount;
            REQUIRE(state.total.amount == total);
            REQUIRE(total >= 0);
        });
}

TEST_CASE("a delivery is not delivered after it was cancelled, and not cancelled after it was delivered") {
    using namespace delivery;
    try_out<Delivery>(
        [](Random& random) -> Delivery::Command {
            switch (random.between(0, 4)) {
                case 0: return command::Prepare{{"c-1"}, random.word()};
                case 1: return command::Start{random.word(), random.word()};
                case 2: return command::Complete{};
                case 3: return random.one_in(5) ? Delivery::Command{command::Cancel{}} : command::Complete{};
                default: return random.one_in(5) ? Delivery::Command{command::Return{}} : command::Start{"", ""};
            }
        },
        [](const Delivery::State&, const std::vector<Delivery::Event>& history) {
            int delivered = 0;
            int cancelled = 0;
            for (const auto& event : history) {
                delivered += std::holds_alternative<event::Completed>(event);
                cancelled += std::holds_alternative<event::Cancelled>(event);
            }
            REQUIRE(delivered + cancelled <= 1);
        });
}

TEST_CASE("a product's price is never negative, and nothing changes after it was discontinued") {
    using namespace product;
    try_out<Product>(
        [](Random& random) -> Product::Command {
            switch (random.between(0, 30)) {
                case 0: return command::Discontinue{};
                case 1: return command::Register{random.word(), random.money(), "", ""};
                default:
                    return command::Revise{random.maybe(random.word()), random.maybe(random.money()),
                                           random.maybe(random.word()), random.maybe(random.word())};
            }
        },
        [](const Product::State& state, const std::vector<Product::Event>& history) {
            REQUIRE(state.price.amount >= 0);
            for (const auto& event : history)
                REQUIRE((!std::holds_alternative<event::Discontinued>(event) || &event == &history.back()));
        });
}

TEST_CASE("a customer signs up before anything else, and once") {
    using namespace customer;
    try_out<Customer>(
        [](Random& random) -> Customer::Command {
            switch (random.between(0, 3)) {
                case 0: return command::SignUp{random.word(), random.word(), random.word(), random.one_in(2)};
                case 1: return command::ChangePassword{random.word()};
                default:
                    return command::ChangeDetails{random.maybe(random.word()), random.maybe(random.word()),
                                                  random.one_in(2)};
            }
        },
        [](const Customer::State&, const std::vector<Customer::Event>& history) {
            for (const auto& event : history)
                REQUIRE(std::holds_alternative<event::SignedUp>(event) == (&event == &history.front()));
        });
}

}  // namespace sillok
