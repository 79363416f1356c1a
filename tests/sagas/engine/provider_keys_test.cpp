// The keys of calls to the provider: no other log has them, and a call keeps its key for ever.
#include "eventstore/transfer/log_copier.hpp"
#include "sagas/engine/journal_check.hpp"
#include "sagas/engine/journal_reader.hpp"
#include "sagas/engine/provider_call_keys.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/payment_simulator/simulated_provider.hpp"
#include "tests/sagas/engine_fixture.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using Cause = provider::Unknown::Cause;
using Paid = payment::Payment::Phase;
using Phase = order::Order::Phase;
using Type = ProviderOperation::Type;

const OrderId o1{"o1"};
const provider::Unknown lost{"no answer", Cause::no_answer};
const provider::Declined expired{"card expired"};

// The sagas of a program that made keys of the order alone.
saga::Action advance_as_before(const saga::State& state, const saga::DecisionContext& context) {
    auto without = context;
    without.key_space = {};
    return saga::advance(state, without);
}

std::span<const saga::Manager> older_sagas() {
    static const auto older = [] {
        std::vector<saga::Manager> all{saga::all_sagas().begin(), saga::all_sagas().end()};
        for (auto& manager : all) manager.advance = advance_as_before;
        return all;
    }();
    return older;
}

struct Log {
    std::shared_ptr<MemoryLog> disk = std::make_shared<MemoryLog>();

    // A copy that goes on for itself, as `restore` makes it.
    [[nodiscard]] Log restored(Position until) const {
        Log copy;
        REQUIRE(copy_log(*disk, *copy.disk, until));
        REQUIRE(begin_epoch(*copy.disk, disk->identity()));
        return copy;
    }
};

// A server on a log; each further one on the same log is the next start of it.
struct Server : EngineFixture {
    explicit Server(const Log& log, std::span<const saga::Manager> managers = saga::all_sagas())
        : EngineFixture({.managers = managers}, log.disk) {
        clock.time.value += static_cast<std::int64_t>(store.head().value);  // its command ids are its own
    }

    void order_tv(const std::string& id = "o1") {
        if (products.with_state(ProductId{"tv"}, [](const auto& state, Version) { return state.on_hand.value; }) == 0)
            stock("tv", 100);
        order(id, 3);
    }
    void deliver() { give(deliveries, o1, delivery::command::Start{"post", "1"}); }
    void send_back() { give(deliveries, o1, delivery::command::Return{}); }
    [[nodiscard]] const Uuid& last_key() const { return calls.back().request.call.key; }
    // The saga's next attempt at its last call.
    const Uuid& repeated() {
        const auto made = calls.size();
        for (int i = 0; i < 100 && calls.size() == made; ++i) pass(1min);
        REQUIRE(calls.size() == made + 1);
        return last_key();
    }
    // Has the provider answer every call that there is and that follows.
    void answer_from(SimulatedProvider& provider) {
        for (; answered < calls.size(); ++answered) {
            const auto call = calls[answered];
            const auto& [key, order, customer, amount, reference] = call.request.call;
            const auto said = call.request.query
                                  ? provider.query(key, SimulatedProvider::Fence::yes)
                                  : provider.call({call.request.type, key, order, customer, amount, reference});
            REQUIRE(said);
            respond(call, said->response);
        }
    }
    std::set<Uuid> keys() const {
        std::set<Uuid> all;
        for (const auto& call : calls) all.insert(call.request.call.key);
        return all;
    }
    // What `sillok saga check` says.
    void check_journals() {
        for (const auto& manager : saga::all_sagas()) {
            std::vector<saga::JournalEntry> journal;
            saga::each_journal_event(
                store, saga::stream_of(*manager.definition, o1),
                [&](const Recorded& recorded, const saga::Event& event) {
                    const auto epoch = store.identity().epoch_of(recorded.position);
                    journal.push_back({event, recorded.time, saga::key_space_of(store.identity(), epoch)});
                });
            const auto found = saga::divergence_of(manager, journal);
            CHECK_MESSAGE(!found, found->recorded, ", not ", found->expected);
        }
    }

    std::size_t answered = 0;
};

SimulatedProvider reliable_provider() { return {SimulatorProfile{}, ProviderLedger{1'000}}; }

// One order, paid, sent, returned and refunded.
void fulfil_and_return(Server& server, SimulatedProvider& provider) {
    server.order_tv();
    server.answer_from(provider);
    server.deliver();
    server.answer_from(provider);
    server.send_back();
    server.answer_from(provider);
    CHECK(server.payment("o1").phase == Paid::refunded);
}

}  // namespace

TEST_CASE("two logs with the same order ids and one provider share no answer") {
    auto provider = reliable_provider();
    const Log log;
    const Log other;
    Server server{log};
    fulfil_and_return(server, provider);
    REQUIRE(server.calls.size() == 3);
    Server second{other};
    fulfil_and_return(second, provider);
    for (const auto& key : server.keys()) CHECK_FALSE(second.keys().contains(key));
    REQUIRE(provider.ledger().accounts().size() == 2);
    for (const auto& account : provider.ledger().accounts()) CHECK(account.entry.refunded == 300);
    server.check_journals();
    second.check_journals();
}

TEST_CASE("the same order, placed again after a restore to before it, is a new call") {
    auto provider = reliable_provider();
    const Log log;
    Server server{log};
    server.stock("tv", 100);
    const auto before = server.store.head();
    server.order_tv();
    server.answer_from(provider);
    CHECK(server.phase("o1") == Phase::confirmed);
    std::set<Uuid> keys = server.keys();
    for (int i = 0; i < 2; ++i) {
        const auto restored = log.restored(before);
        Server again{restored};
        again.order_tv();
        CHECK(keys.insert(again.last_key()).second);
        again.answer_from(provider);
        CHECK(again.phase("o1") == Phase::confirmed);
        again.check_journals();
    }
    CHECK(provider.ledger().accounts().size() == 3);
}

TEST_CASE("a call that was scheduled before a restore keeps its key, so its answer is found") {
    auto provider = reliable_provider();
    const Log log;
    Server server{log};
    server.order_tv();
    const auto key = server.last_key();
    const auto scheduled = server.store.head();
    server.answer_from(provider);
    const auto restored = log.restored(scheduled);
    Server again{restored};
    CHECK(again.last_key() == key);
    again.answer_from(provider);
    CHECK(provider.ledger().accounts().size() == 1);
    CHECK(again.phase("o1") == Phase::confirmed);
    // What follows is the new epoch's, for the same authorisation.
    again.deliver();
    server.deliver();
    CHECK(again.last_key() != server.last_key());
    again.answer_from(provider);
    CHECK(again.payment("o1").phase == Paid::captured);
    again.check_journals();
}

TEST_CASE("an unanswered call has one key through all attempts, starts and epochs") {
    const Log log;
    Server server{log};
    server.order_tv();
    const auto key = server.last_key();
    server.respond(server.calls.back(), lost);
    const auto restored = log.restored(server.store.head());
    for (const auto& one : {log, restored}) {
        Server again{one};
        CHECK(again.repeated() == key);
        again.respond(again.calls.back(), lost);
        CHECK(again.repeated() == key);
        again.check_journals();
    }
}

TEST_CASE("what follows a refused capture is a new call: of the epoch in which it is scheduled") {
    auto provider = reliable_provider();
    const Log log;
    Server server{log};
    server.order_tv();
    server.answer_from(provider);
    server.deliver();
    std::set<Uuid> keys{server.last_key()};
    server.respond(server.calls.back(), expired);
    const auto refused = server.store.head();
    const auto second = server.repeated();
    CHECK(keys.insert(second).second);
    const auto scheduled = server.store.head();

    const auto cut_before = log.restored(refused);
    Server other{cut_before};
    CHECK(keys.insert(other.repeated()).second);
    other.answered = other.calls.size() - 1;
    other.answer_from(provider);
    CHECK(other.payment("o1").phase == Paid::captured);
    other.check_journals();

    const auto cut_after = log.restored(scheduled);
    Server same{cut_after};
    CHECK(same.last_key() == second);
    same.respond(same.calls.back(), expired);
    CHECK(keys.insert(same.repeated()).second);
    same.check_journals();
}

TEST_CASE("a refund that was asked for before a restore keeps its key; the next one gets a new one") {
    auto provider = reliable_provider();
    const Log log;
    Server server{log};
    server.order_tv();
    server.answer_from(provider);
    server.deliver();
    server.answer_from(provider);
    const auto captured = server.store.head();
    server.send_back();
    REQUIRE(server.calls.back().request.type == Type::refund);
    const auto key = server.last_key();

    const auto cut_before = log.restored(captured);
    Server other{cut_before};
    other.send_back();
    CHECK(other.last_key() != key);

    const auto cut_after = log.restored(server.store.head());
    Server same{cut_after};
    CHECK(same.last_key() == key);
    same.respond(same.calls.back(), expired);
    REQUIRE(same.intervene("saga-fulfilment-o1", saga::OperatorAction::retry));
    CHECK(same.last_key() != key);
    server.respond(server.calls.back(), expired);
    REQUIRE(server.intervene("saga-fulfilment-o1", saga::OperatorAction::retry));
    CHECK(same.last_key() != server.last_key());
    same.check_journals();
}

// ---- a log that an older program began

TEST_CASE("the keys of older programs are still what they were") {
    const Log log;
    Server older{log, older_sagas()};
    older.order_tv("17");
    CHECK(older.last_key().text() == "52e61e84-1671-8211-977e-09acc0a87f2d");
    CHECK(saga::new_refund_key({}, OrderId{"17"}, 1).text() == "84fd7125-9a56-5720-aaa9-61c985a5c76c");
}

TEST_CASE("a call that an older program has scheduled is repeated with its old key") {
    auto provider = reliable_provider();
    const Log log;
    Uuid key;
    {
        Server older{log, older_sagas()};
        older.order_tv();
        key = older.last_key();
        auto copy = older.calls.back().request.call;
        REQUIRE(provider.call({Type::authorise, copy.key, copy.order, copy.customer, copy.amount, {}}));
        older.respond(older.calls.back(), lost);
    }
    Server newer{log};
    CHECK(newer.repeated() == key);
    newer.answer_from(provider);
    CHECK(newer.phase("o1") == Phase::confirmed);
    CHECK(provider.ledger().accounts().size() == 1);
    // Captured and refunded under new keys: the provider finds the authorisation by its reference.
    newer.deliver();
    newer.answer_from(provider);
    newer.send_back();
    newer.answer_from(provider);
    CHECK(newer.payment("o1").phase == Paid::refunded);
    CHECK(provider.ledger().accounts().front().entry.refunded == 300);
    newer.check_journals();
}

TEST_CASE("an order is cancelled while an older program's authorisation is unknown: it is asked for by its old key") {
    const Log log;
    Uuid key;
    {
        Server older{log, older_sagas()};
        older.order_tv();
        key = older.last_key();
        older.respond(older.calls.back(), lost);
    }
    Server newer{log};
    newer.give(newer.orders, o1, order::command::RequestCancellation{"changed my mind"});
    CHECK(newer.last_key() == key);
    REQUIRE(newer.calls.back().request.query);
    newer.respond(newer.calls.back(), provider::Approved{"auth-1"});
    newer.repeated();
    CHECK(newer.calls.back().request.type == Type::void_);
    newer.check_journals();
}

TEST_CASE("a capture that an older program repeats after a refusal keeps the key of that attempt") {
    const Log log;
    Uuid key;
    {
        Server older{log, older_sagas()};
        older.order_tv();
        older.respond(older.calls.back(), provider::Approved{"auth-1"});
        older.deliver();
        older.respond(older.calls.back(), expired);
        key = older.repeated();
    }
    Server newer{log};
    CHECK(newer.last_key() == key);
    newer.respond(newer.calls.back(), provider::Approved{"auth-1"});
    CHECK(newer.payment("o1").phase == Paid::captured);
    newer.check_journals();
}

TEST_CASE("a refund that an older program has asked for keeps its old key") {
    const Log log;
    {
        Server older{log, older_sagas()};
        older.order_tv();
        older.respond(older.calls.back(), provider::Approved{"auth-1"});
        older.deliver();
        older.respond(older.calls.back(), provider::Approved{"auth-1"});
        older.give(older.payments, o1, payment::command::Refund{{300, {{'K', 'R', 'W'}}}});
    }
    Server newer{log};
    newer.send_back();
    CHECK(newer.last_key() == saga::new_refund_key({}, o1, 1));
    newer.respond(newer.calls.back(), expired);
    REQUIRE(newer.intervene("saga-fulfilment-o1", saga::OperatorAction::retry));
    CHECK(newer.last_key() != saga::new_refund_key({}, o1, 2));
}

}  // namespace sillok
