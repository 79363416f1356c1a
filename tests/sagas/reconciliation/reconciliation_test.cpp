// Logs and ledgers that fit, and ones that deliberately do not.
#include "sagas/reconciliation/compare.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/stock.hpp"
#include "sagas/reconciliation/log_reader.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sillok::reconciliation {
namespace {

const Currency krw{{'K', 'R', 'W'}};
const CustomerId kim{"kim"};
const OrderId o1{"o1"};

Money won(std::int64_t amount) { return {amount, krw}; }

// Given a log, event by event, and a ledger, account by account; when they are compared; then these differ.
class LogAndLedger {
   public:
    template <class Event>
    LogAndLedger& recorded(const std::string& stream, const Event& event) {
        const auto encoded = encode(event);
        Recorded event_in_log{};
        position_ = next(position_);
        event_in_log.position = position_;
        event_in_log.stream = stream;
        event_in_log.type = encoded.type;
        event_in_log.schema_version = encoded.schema_version;
        event_in_log.payload = encoded.payload;
        reader_.read(event_in_log);
        return *this;
    }
    LogAndLedger& stock(const stock::Stock::Event& event, const std::string& product = "tv") {
        return recorded("stock-" + product, event);
    }
    LogAndLedger& order(const order::Order::Event& event) { return recorded("order-o1", event); }
    LogAndLedger& payment(const payment::Payment::Event& event) { return recorded("payment-o1", event); }
    LogAndLedger& saga(const saga::Event& event, const std::string& name = "fulfilment") {
        return recorded("saga-" + name + "-o1", event);
    }
    LogAndLedger& scheduled(const std::string& step, const std::string& name = "fulfilment",
                            saga::Direction direction = saga::Direction::forward) {
        saga::event::CommandScheduled command;
        command.step = step;
        command.direction = direction;
        command.command_id = uuid_v5({}, name + step);
        return saga(command, name);
    }
    LogAndLedger& completed_call(const std::string& step, saga::Outcome outcome,
                                 const std::string& name = "fulfilment") {
        saga::event::CommandCompleted outcome_of_call;
        outcome_of_call.step = step;
        outcome_of_call.command_id = uuid_v5({}, name + step);
        outcome_of_call.outcome = outcome;
        return saga(outcome_of_call, name);
    }

    LogAndLedger& placed(std::int64_t quantity = 2) {
        stock(stock::event::Received{{10}});
        return order(order::event::Placed{kim, "", "", {{{"tv"}, "TV", {quantity}, won(100)}}, won(100 * quantity)});
    }
    LogAndLedger& reserved() { return stock(stock::event::Reserved{o1, {2}}); }
    LogAndLedger& authorised() {
        scheduled("authorise");
        payment(payment::event::Requested{kim, won(200)});
        payment(payment::event::Authorised{kim, won(200), "r1"});
        return completed_call("authorise", saga::Outcome::done);
    }
    LogAndLedger& confirmed() {
        placed().reserved().authorised();
        return order(order::event::Confirmed{kim});
    }
    LogAndLedger& captured() {
        stock(stock::event::Committed{o1, {2}});
        scheduled("capture");
        payment(payment::event::Captured{won(200)});
        return completed_call("capture", saga::Outcome::done);
    }
    LogAndLedger& completed() {
        confirmed().captured();
        return order(order::event::Completed{kim});
    }

    LogAndLedger& skipped(const std::string& step, const std::string& name = "fulfilment") {
        return saga(saga::event::Intervened{saga::OperatorAction::skip, step, "agreed", "receipt 17", {}}, name);
    }

    LogAndLedger& ledger(LedgerEntry entry, const std::string& reference = "r1") {
        empty_ledger();
        accounts_->push_back({reference, std::move(entry)});
        return *this;
    }
    LogAndLedger& empty_ledger() {
        if (!accounts_) accounts_.emplace();
        return *this;
    }
    Report report() {
        const auto ours = std::move(reader_).entries();
        return compare(ours, accounts_ ? std::optional{std::span<const LedgerAccount>{*accounts_}} : std::nullopt);
    }
    // In words.
    std::vector<std::string> differences() {
        std::vector<std::string> words;
        for (const auto& one : report().differences)
            words.push_back((one.order.empty() ? "" : one.order + " ") +
                            (one.product.empty() ? "" : one.product + " ") + "| " + one.what);
        return words;
    }

   private:
    LogReader reader_;
    Position position_;
    std::optional<std::vector<LedgerAccount>> accounts_;
};

using lines = std::vector<std::string>;

LedgerEntry entry(std::int64_t captured = 0, std::int64_t refunded = 0, bool voided = false) {
    return {o1, kim, won(200), captured, refunded, voided};
}

}  // namespace

TEST_CASE("what an operator has said about a skipped step is no difference") {
    LogAndLedger captured;
    captured.confirmed().stock(stock::event::Committed{o1, {2}}).scheduled("capture");
    captured.skipped("capture").order(order::event::Completed{kim});
    captured.ledger({o1, kim, won(200), 200});
    const auto in_cash = captured.report();
    CHECK(in_cash.differences.empty());
    CHECK(in_cash.open.empty());
    REQUIRE(in_cash.explained.size() == 2);
    CHECK(in_cash.explained.back().what ==
          "the provider captured 200 KRW, the log says 0 KRW; an operator has skipped capture: receipt 17 (agreed)");

    LogAndLedger refunded;
    refunded.completed().order(order::event::Returned{kim, {}}).stock(stock::event::Returned{o1, {2}});
    refunded.scheduled("authorise", "fulfilment", saga::Direction::compensate).skipped("authorise");
    const auto by_hand = refunded.report();
    CHECK(by_hand.differences.empty());
    REQUIRE(by_hand.explained.size() == 1);
    CHECK(by_hand.explained.front().what ==
          "returned, and 200 KRW were captured and not refunded; an operator has skipped authorise: receipt 17 "
          "(agreed)");

    LogAndLedger voided;
    voided.confirmed().stock(stock::event::Released{o1, {2}}).order(order::event::CancellationRequested{kim, ""});
    voided.scheduled("pay-back", "cancellation").skipped("pay-back", "cancellation");
    voided.order(order::event::Cancelled{kim});
    const auto undone = voided.report();
    CHECK(undone.differences.empty());
    CHECK(undone.explained.size() == 1);
}

TEST_CASE("goods and money that are both with the customer differ, unless an operator has seen to it") {
    LogAndLedger log;
    log.completed().recorded("delivery-o1", delivery::Delivery::Event{delivery::event::Completed{kim}});
    log.payment(payment::event::RefundRequested{won(200), {}}).payment(payment::event::Refunded{won(200)});
    CHECK(log.differences() ==
          std::vector<std::string>{"o1 | delivered, and 200 KRW were refunded: the customer has goods and money"});
}

TEST_CASE("a log that fits, and a ledger that agrees, have no difference") {
    const auto result = LogAndLedger{}.completed().ledger(entry(200)).report();
    CHECK(result.ok());
    CHECK(result.open.empty());
    CHECK(result.orders == 1);
    CHECK(result.products == 1);
    CHECK(result.authorised == 1);
    CHECK(result.captured == 1);
    CHECK(result.refunded == 0);
    CHECK(result.sums == std::map<std::string, MoneySums>{{"KRW", {200, 200, 0, 0}}});
}

TEST_CASE("an event in a stream of another kind says nothing about an order, its money or its goods") {
    LogAndLedger log;
    log.completed().ledger(entry(200));
    log.recorded("customer-o1", order::Order::Event{order::event::Placed{kim, "", "", {}, won(1)}});
    log.recorded("order-o1", payment::Payment::Event{payment::event::Refunded{won(200)}});
    log.recorded("payment-tv", stock::Stock::Event{stock::event::Reserved{o1, {9}}});
    log.recorded("customer-o1", delivery::Delivery::Event{delivery::event::Returned{kim}});
    CHECK(log.report().ok());
}

TEST_CASE("an order that waits for its delivery is compared, not excused") {
    CHECK(LogAndLedger{}.confirmed().ledger(entry()).report().ok());
    CHECK(LogAndLedger{}.confirmed().report().open.empty());
    CHECK(LogAndLedger{}.confirmed().ledger(entry(200)).differences() ==
          lines{"o1 | the provider captured 200 KRW, the log says 0 KRW"});
}

TEST_CASE("stock that was oversold, or taken away under a reservation, is found at its position") {
    LogAndLedger sold;
    sold.placed(20).stock(stock::event::Reserved{o1, {20}});
    CHECK(sold.differences() == lines{"tv | position 3: 20 reserved of 10 on hand"});
    LogAndLedger taken;
    taken.placed().reserved().stock(stock::event::Adjusted{{-9}, "theft"}).stock(stock::event::Received{{5}});
    CHECK(taken.differences() == lines{"tv | position 4: 2 reserved of 1 on hand"});
}

TEST_CASE("a reservation of another quantity, twice, or for nobody is found") {
    CHECK(LogAndLedger{}.placed().stock(stock::event::Reserved{o1, {3}}).differences() ==
          lines{"o1 tv | position 3: 3 reserved of 2 ordered"});
    CHECK(LogAndLedger{}.placed().reserved().reserved().differences() ==
          lines{"o1 tv | position 4: reserved a second time"});
    LogAndLedger nobody;
    nobody.stock(stock::event::Received{{10}}).reserved();
    CHECK(nobody.differences() == lines{"o1 tv | position 2: reserved for an order that is not there"});
    CHECK(LogAndLedger{}.placed().reserved().stock(stock::event::Released{o1, {1}}).differences() ==
          lines{"o1 tv | position 4: 1 released where it is 2"});
    CHECK(LogAndLedger{}.placed().stock(stock::event::Committed{o1, {2}}).differences().back() ==
          "o1 tv | position 3: 2 committed where it is 0");
    CHECK(LogAndLedger{}.placed().stock(stock::event::Returned{o1, {2}}).differences() ==
          lines{"o1 tv | position 3: 2 returned where it is 0"});
}

TEST_CASE("an order that has ended keeps no reservation, and an undone one has nothing away") {
    LogAndLedger kept;
    kept.placed().reserved().order(order::event::Rejected{kim, "payment-declined", ""});
    CHECK(kept.differences() == lines{"o1 tv | 2 reserved, although it is rejected"});
    LogAndLedger away;
    away.confirmed().captured();
    away.payment(payment::event::RefundRequested{won(200)}).payment(payment::event::Refunded{won(200)});
    away.order(order::event::CancellationRequested{kim, ""}).order(order::event::Cancelled{kim});
    CHECK(away.differences() == lines{"o1 tv | 2 have left and not come back, although it is cancelled"});
}

TEST_CASE("money captured for an order that is undone must have been refunded, and its authorisation voided") {
    LogAndLedger captured;
    captured.confirmed().captured().stock(stock::event::Returned{o1, {2}});
    captured.order(order::event::CancellationRequested{kim, ""}).order(order::event::Cancelled{kim});
    CHECK(captured.differences() == lines{"o1 | cancelled, and 200 KRW were captured and not refunded"});
    LogAndLedger authorised;
    authorised.placed().authorised().order(order::event::Rejected{kim, "insufficient-stock", ""});
    CHECK(authorised.differences() == lines{"o1 | rejected, and its authorisation still stands"});
    LogAndLedger voided;
    voided.placed().authorised().payment(payment::event::Voided{});
    voided.order(order::event::Rejected{kim, "insufficient-stock", ""}).ledger(entry(0, 0, true));
    CHECK(voided.differences().empty());
}

TEST_CASE("an order that was confirmed without goods or money, or rejected after it was confirmed, is found") {
    CHECK(LogAndLedger{}.placed().order(order::event::Confirmed{kim}).differences() ==
          lines{"o1 | position 3: confirmed with 0 of 1 products reserved",
                "o1 | position 3: confirmed without a payment that was authorised"});
    LogAndLedger both;
    both.completed().order(order::event::Rejected{kim, "", ""});
    CHECK(both.differences().front() == "o1 | position 14: rejected after it was completed");
    CHECK(LogAndLedger{}.confirmed().order(order::event::Completed{kim}).differences() ==
          lines{"o1 | position 9: completed without a payment that was captured",
                "o1 tv | 2 reserved, although it is completed"});
    CHECK(LogAndLedger{}.order(order::event::Confirmed{kim}).differences().front() ==
          "o1 | position 1: an order that was never placed");
}

TEST_CASE("amounts of the log that do not follow from each other are found") {
    LogAndLedger requested;
    requested.placed().payment(payment::event::Requested{kim, won(199)});
    CHECK(requested.differences() == lines{"o1 | position 3: a payment of 199 KRW for an order of 200 KRW"});
    LogAndLedger authorised;
    authorised.placed().payment(payment::event::Requested{kim, won(200)});
    authorised.payment(payment::event::Authorised{kim, won(300), "r1"});
    CHECK(authorised.differences() == lines{"o1 | position 4: 300 KRW authorised of 200 KRW requested"});
    LogAndLedger captured;
    captured.confirmed().payment(payment::event::Captured{won(201)});
    CHECK(captured.differences() == lines{"o1 | position 9: 201 KRW captured of 200 KRW authorised"});
    LogAndLedger refunded;
    refunded.completed().payment(payment::event::Refunded{won(201)});
    CHECK(refunded.differences() == lines{"o1 | position 14: 201 KRW refunded of 200 KRW captured"});
    LogAndLedger voided;
    voided.completed().payment(payment::event::Voided{});
    CHECK(voided.differences() == lines{"o1 | position 14: voided without an authorisation that is open"});
}

TEST_CASE("an account that the log does not know is a difference, and the reverse") {
    CHECK(LogAndLedger{}.completed().ledger(entry(200)).ledger(entry(), "r2").differences() ==
          lines{"o1 | the provider authorised 200 KRW under r2, of which the log knows nothing"});
    CHECK(LogAndLedger{}.completed().empty_ledger().differences() ==
          lines{"o1 | the log has 200 KRW authorised under r1, of which the provider knows nothing"});
    CHECK(LogAndLedger{}.completed().ledger(entry(200)).ledger(entry(200)).differences() ==
          lines{"o1 | the ledger has r1 twice"});
    auto other = entry(200);
    other.order = OrderId{"o2"};
    CHECK(LogAndLedger{}.completed().ledger(other).differences() ==
          lines{"o1 | the provider authorised r1 for order o2"});
}

TEST_CASE("amounts at the provider that are not the log's are differences, each one") {
    auto more = entry(200);
    more.authorised = won(250);
    CHECK(LogAndLedger{}.completed().ledger(more).differences() ==
          lines{"o1 | the provider authorised 250 KRW, the log says 200 KRW"});
    CHECK(LogAndLedger{}.completed().ledger(entry(199)).differences() ==
          lines{"o1 | the provider captured 199 KRW, the log says 200 KRW"});
    CHECK(LogAndLedger{}.completed().ledger(entry(200, 1)).differences() ==
          lines{"o1 | the provider refunded 1 KRW, the log says 0 KRW"});
    CHECK(LogAndLedger{}.confirmed().ledger(entry(0, 0, true)).differences() ==
          lines{"o1 | the provider voided the authorisation, the log does not say so"});
    LogAndLedger voided;
    voided.placed().authorised().payment(payment::event::Voided{}).ledger(entry());
    CHECK(voided.differences() == lines{"o1 | the provider never voided the authorisation, the log says so"});
}

TEST_CASE("an authorisation without an outcome is open, whether or not the provider has it") {
    const auto unknown = [](LogAndLedger& given) -> LogAndLedger& {
        given.placed().reserved().scheduled("authorise").payment(payment::event::Requested{kim, won(200)});
        return given.payment(payment::event::OutcomeUnknown{"no answer"})
            .completed_call("authorise", saga::Outcome::unknown);
    };
    LogAndLedger posted, not_posted, captured;
    const auto with = unknown(posted).ledger(entry()).report();
    CHECK(with.ok());
    CHECK(with.open ==
          std::vector<Difference>{{"o1", "", "no outcome yet of: authorise; the provider has authorised it"}});
    const auto without = unknown(not_posted).empty_ledger().report();
    CHECK(without.ok());
    CHECK(without.open ==
          std::vector<Difference>{{"o1", "", "no outcome yet of: authorise; the provider knows nothing of it"}});
    CHECK(unknown(captured).ledger(entry(200)).differences() ==
          lines{"o1 | the provider has posted more or other than the 200 KRW that it was asked to authorise"});
    LogAndLedger declined;
    unknown(declined).payment(payment::event::OutcomeResolved{false}).payment(payment::event::Declined{kim, "late"});
    declined.completed_call("authorise", saga::Outcome::refused).ledger(entry());
    CHECK(declined.differences() ==
          lines{"o1 | the provider authorised 200 KRW under r1, of which the log knows nothing"});
}

TEST_CASE("the provider may be ahead by the call that has no outcome, and by nothing else") {
    const auto capturing = [] { return LogAndLedger{}.confirmed().scheduled("capture").ledger(entry(200)).report(); };
    CHECK(capturing().ok());
    CHECK(capturing().open.size() == 1);
    CHECK(LogAndLedger{}.confirmed().scheduled("capture").ledger(entry(100)).differences() ==
          lines{"o1 | the provider captured 100 KRW, the log says 0 KRW"});
    CHECK(LogAndLedger{}.confirmed().scheduled("capture").ledger(entry(0, 0, true)).differences() ==
          lines{"o1 | the provider voided the authorisation, the log does not say so"});

    const auto undoing = [](LedgerEntry posted) {
        return LogAndLedger{}.confirmed().scheduled("pay-back", "cancellation").ledger(std::move(posted)).report();
    };
    CHECK(undoing(entry(0, 0, true)).ok());
    CHECK(undoing(entry()).ok());
    CHECK_FALSE(undoing(entry(200)).ok());

    const auto refunding = [](LedgerEntry posted) {
        LogAndLedger given;
        given.completed().scheduled("authorise", "fulfilment", saga::Direction::compensate);
        return given.payment(payment::event::RefundRequested{won(200)}).ledger(std::move(posted)).report();
    };
    CHECK(refunding(entry(200, 200)).ok());
    CHECK(refunding(entry(200, 0)).ok());
    CHECK(refunding(entry(200, 0)).open.size() == 1);
    CHECK_FALSE(refunding(entry(200, 100)).ok());
}

TEST_CASE("a parked saga is reported, excuses nothing, and is forgotten once it continues") {
    const auto parked = [](LogAndLedger& given) -> LogAndLedger& {
        given.completed().payment(payment::event::RefundRequested{won(200)});
        given.scheduled("authorise", "fulfilment", saga::Direction::compensate);
        given.payment(payment::event::RefundFailed{won(200), "account closed"});
        given.completed_call("authorise", saga::Outcome::refused);
        return given.saga(saga::event::Parked{"authorise", "provider-declined"});
    };
    LogAndLedger fits, differs, gone_on, of_another;
    const auto result = parked(fits).ledger(entry(200)).report();
    CHECK(result.ok());
    CHECK(result.open ==
          std::vector<Difference>{{"o1", "", "its fulfilment is parked at authorise: provider-declined"}});
    CHECK(parked(differs).ledger(entry(200, 200)).differences() ==
          lines{"o1 | the provider refunded 200 KRW, the log says 0 KRW"});
    CHECK(parked(gone_on).saga(saga::event::Ended{saga::Ending::compensated, ""}).report().open.empty());
    CHECK(parked(of_another).scheduled("cancel-delivery", "cancellation").report().open.size() == 1);
}

TEST_CASE("an event that cannot be read is a difference") {
    LogReader reader;
    Recorded recorded{};
    recorded.position = Position{1};
    recorded.stream = "stock-tv";
    recorded.type = "stock.received";
    recorded.schema_version = 1;
    recorded.payload = "?";
    reader.read(recorded);
    const auto result = compare(std::move(reader).entries(), std::nullopt);
    REQUIRE(result.differences.size() == 1);
    CHECK(result.differences.front().what.starts_with("position 1: "));
}

}  // namespace sillok::reconciliation
