// Logs and ledgers that fit, and ones that deliberately do not.
#include "sagas/reconciliation/reconciliation.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/stock.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

const Currency krw{{'K', 'R', 'W'}};
const CustomerId kim{"kim"};
const OrderId o1{"o1"};

Money won(std::int64_t amount) { return {amount, krw}; }

// A log, told event by event.
class Books {
   public:
    template <class Event>
    Books& happens(const std::string& stream, const Event& event) {
        const auto encoded = encode(event);
        Recorded recorded{};
        position_ = next(position_);
        recorded.position = position_;
        recorded.stream = stream;
        recorded.type = encoded.type;
        recorded.schema_version = encoded.schema_version;
        recorded.payload = encoded.payload;
        reconciliation_.take(recorded);
        return *this;
    }
    Books& stock(const stock::Stock::Event& event, const std::string& product = "tv") {
        return happens("stock-" + product, event);
    }
    Books& order(const order::Order::Event& event) { return happens("order-o1", event); }
    Books& payment(const payment::Payment::Event& event) { return happens("payment-o1", event); }
    Books& saga(const saga::Event& event, const std::string& name = "fulfilment") {
        return happens("saga-" + name + "-o1", event);
    }
    Books& intends(const std::string& step, const std::string& name = "fulfilment",
                   saga::Direction direction = saga::Direction::forward) {
        saga::event::CommandScheduled intended;
        intended.step = step;
        intended.direction = direction;
        intended.command_id = uuid_v5({}, name + step);
        return saga(intended, name);
    }
    Books& settles(const std::string& step, saga::Outcome outcome, const std::string& name = "fulfilment") {
        saga::event::CommandCompleted settled;
        settled.step = step;
        settled.command_id = uuid_v5({}, name + step);
        settled.outcome = outcome;
        return saga(settled, name);
    }

    Books& placed(std::int64_t quantity = 2) {
        stock(stock::event::Received{{10}});
        return order(order::event::Placed{kim, "", "", {{{"tv"}, "TV", {quantity}, won(100)}}, won(100 * quantity)});
    }
    Books& reserved() { return stock(stock::event::Reserved{o1, {2}}); }
    Books& authorised() {
        intends("authorise");
        payment(payment::event::Requested{kim, won(200)});
        payment(payment::event::Authorised{kim, won(200), "r1"});
        return settles("authorise", saga::Outcome::done);
    }
    Books& confirmed() {
        placed().reserved().authorised();
        return order(order::event::Confirmed{kim});
    }
    Books& captured() {
        stock(stock::event::Committed{o1, {2}});
        intends("capture");
        payment(payment::event::Captured{won(200)});
        return settles("capture", saga::Outcome::done);
    }
    Books& completed() {
        confirmed().captured();
        return order(order::event::Completed{kim});
    }

    Books& ledger(LedgerEntry entry, const std::string& reference = "r1") {
        reconciliation_.compare({reference, std::move(entry)});
        with_ledger_ = true;
        return *this;
    }
    Books& empty_ledger() {
        with_ledger_ = true;
        return *this;
    }
    Reconciled result() { return reconciliation_.end(with_ledger_); }
    // What differs, in words.
    std::vector<std::string> differences() {
        std::vector<std::string> told;
        for (const auto& one : result().differences)
            told.push_back((one.order.empty() ? "" : one.order + " ") + (one.product.empty() ? "" : one.product + " ") +
                           "| " + one.what);
        return told;
    }

   private:
    Reconciliation reconciliation_;
    Position position_;
    bool with_ledger_ = false;
};

using lines = std::vector<std::string>;

LedgerEntry entry(std::int64_t captured = 0, std::int64_t refunded = 0, bool voided = false) {
    return {o1, kim, won(200), captured, refunded, voided};
}

}  // namespace

TEST_CASE("a log that fits, and a ledger that agrees, have no difference") {
    const auto result = Books{}.completed().ledger(entry(200)).result();
    CHECK(result.ok());
    CHECK(result.open.empty());
    CHECK(result.orders == 1);
    CHECK(result.products == 1);
    CHECK(result.authorised == 1);
    CHECK(result.captured == 1);
    CHECK(result.refunded == 0);
    CHECK(result.sums == std::map<std::string, MoneySums>{{"KRW", {200, 200, 0, 0}}});
}

TEST_CASE("an order that waits for its delivery is compared, not excused") {
    CHECK(Books{}.confirmed().ledger(entry()).result().ok());
    CHECK(Books{}.confirmed().result().open.empty());
    CHECK(Books{}.confirmed().ledger(entry(200)).differences() ==
          lines{"o1 | the provider captured 200 KRW, the log says 0 KRW"});
}

TEST_CASE("stock that was oversold, or taken away under a reservation, is found at its position") {
    Books sold;
    sold.placed(20).stock(stock::event::Reserved{o1, {20}});
    CHECK(sold.differences() == lines{"tv | position 3: 20 reserved of 10 on hand"});
    Books taken;
    taken.placed().reserved().stock(stock::event::Adjusted{{-9}, "theft"}).stock(stock::event::Received{{5}});
    CHECK(taken.differences() == lines{"tv | position 4: 2 reserved of 1 on hand"});
}

TEST_CASE("a reservation of another quantity, twice, or for nobody is found") {
    CHECK(Books{}.placed().stock(stock::event::Reserved{o1, {3}}).differences() ==
          lines{"o1 tv | position 3: 3 reserved of 2 ordered"});
    CHECK(Books{}.placed().reserved().reserved().differences() == lines{"o1 tv | position 4: reserved a second time"});
    Books nobody;
    nobody.stock(stock::event::Received{{10}}).reserved();
    CHECK(nobody.differences() == lines{"o1 tv | position 2: reserved for an order that is not there"});
    CHECK(Books{}.placed().reserved().stock(stock::event::Released{o1, {1}}).differences() ==
          lines{"o1 tv | position 4: 1 released where it is 2"});
    CHECK(Books{}.placed().stock(stock::event::Committed{o1, {2}}).differences().back() ==
          "o1 tv | position 3: 2 committed where it is 0");
    CHECK(Books{}.placed().stock(stock::event::Returned{o1, {2}}).differences() ==
          lines{"o1 tv | position 3: 2 returned where it is 0"});
}

TEST_CASE("an order that has ended keeps no reservation, and an undone one has nothing away") {
    Books kept;
    kept.placed().reserved().order(order::event::Rejected{kim, "payment-declined", ""});
    CHECK(kept.differences() == lines{"o1 tv | 2 reserved, although it is rejected"});
    Books away;
    away.confirmed().captured();
    away.payment(payment::event::RefundRequested{won(200)}).payment(payment::event::Refunded{won(200)});
    away.order(order::event::CancellationRequested{kim, ""}).order(order::event::Cancelled{kim});
    CHECK(away.differences() == lines{"o1 tv | 2 have left and not come back, although it is cancelled"});
}

TEST_CASE("what was captured for an order that is undone must have been refunded, and what was authorised let go of") {
    Books captured;
    captured.confirmed().captured().stock(stock::event::Returned{o1, {2}});
    captured.order(order::event::CancellationRequested{kim, ""}).order(order::event::Cancelled{kim});
    CHECK(captured.differences() == lines{"o1 | cancelled, and 200 KRW were captured and not refunded"});
    Books authorised;
    authorised.placed().authorised().order(order::event::Rejected{kim, "insufficient-stock", ""});
    CHECK(authorised.differences() == lines{"o1 | rejected, and its authorisation still stands"});
    Books voided;
    voided.placed().authorised().payment(payment::event::Voided{});
    voided.order(order::event::Rejected{kim, "insufficient-stock", ""}).ledger(entry(0, 0, true));
    CHECK(voided.differences().empty());
}

TEST_CASE("an order that was confirmed without goods or money, or rejected after it was confirmed, is found") {
    CHECK(Books{}.placed().order(order::event::Confirmed{kim}).differences() ==
          lines{"o1 | position 3: confirmed with 0 of 1 products reserved",
                "o1 | position 3: confirmed without a payment that was authorised"});
    Books both;
    both.completed().order(order::event::Rejected{kim, "", ""});
    CHECK(both.differences().front() == "o1 | position 14: rejected after it was completed");
    CHECK(Books{}.confirmed().order(order::event::Completed{kim}).differences() ==
          lines{"o1 | position 9: completed without a payment that was captured",
                "o1 tv | 2 reserved, although it is completed"});
    CHECK(Books{}.order(order::event::Confirmed{kim}).differences().front() ==
          "o1 | position 1: an order that was never placed");
}

TEST_CASE("amounts of the log that do not follow from each other are found") {
    Books requested;
    requested.placed().payment(payment::event::Requested{kim, won(199)});
    CHECK(requested.differences() == lines{"o1 | position 3: a payment of 199 KRW for an order of 200 KRW"});
    Books authorised;
    authorised.placed().payment(payment::event::Requested{kim, won(200)});
    authorised.payment(payment::event::Authorised{kim, won(300), "r1"});
    CHECK(authorised.differences() == lines{"o1 | position 4: 300 KRW authorised of 200 KRW requested"});
    Books captured;
    captured.confirmed().payment(payment::event::Captured{won(201)});
    CHECK(captured.differences() == lines{"o1 | position 9: 201 KRW captured of 200 KRW authorised"});
    Books refunded;
    refunded.completed().payment(payment::event::Refunded{won(201)});
    CHECK(refunded.differences() == lines{"o1 | position 14: 201 KRW refunded of 200 KRW captured"});
    Books voided;
    voided.completed().payment(payment::event::Voided{});
    CHECK(voided.differences() == lines{"o1 | position 14: voided without an authorisation that is open"});
}

TEST_CASE("an account that the log does not know is a difference, and the reverse") {
    CHECK(Books{}.completed().ledger(entry(200)).ledger(entry(), "r2").differences() ==
          lines{"o1 | the provider authorised 200 KRW under r2, of which the log knows nothing"});
    CHECK(Books{}.completed().empty_ledger().differences() ==
          lines{"o1 | the log has 200 KRW authorised under r1, of which the provider knows nothing"});
    CHECK(Books{}.completed().ledger(entry(200)).ledger(entry(200)).differences() ==
          lines{"o1 | the ledger has r1 twice"});
    auto other = entry(200);
    other.order = OrderId{"o2"};
    CHECK(Books{}.completed().ledger(other).differences() == lines{"o1 | the provider authorised r1 for order o2"});
}

TEST_CASE("amounts at the provider that are not the log's are differences, each one") {
    auto more = entry(200);
    more.authorised = won(250);
    CHECK(Books{}.completed().ledger(more).differences() ==
          lines{"o1 | the provider authorised 250 KRW, the log says 200 KRW"});
    CHECK(Books{}.completed().ledger(entry(199)).differences() ==
          lines{"o1 | the provider captured 199 KRW, the log says 200 KRW"});
    CHECK(Books{}.completed().ledger(entry(200, 1)).differences() ==
          lines{"o1 | the provider refunded 1 KRW, the log says 0 KRW"});
    CHECK(Books{}.confirmed().ledger(entry(0, 0, true)).differences() ==
          lines{"o1 | the provider let go of the authorisation, the log does not say so"});
    Books voided;
    voided.placed().authorised().payment(payment::event::Voided{}).ledger(entry());
    CHECK(voided.differences() == lines{"o1 | the provider never let go of the authorisation, the log says so"});
}

TEST_CASE("an authorisation without an outcome is open, whether or not the provider has it") {
    const auto unknown = [](Books& books) -> Books& {
        books.placed().reserved().intends("authorise").payment(payment::event::Requested{kim, won(200)});
        return books.payment(payment::event::OutcomeUnknown{"no answer"}).settles("authorise", saga::Outcome::unknown);
    };
    Books booked, not_booked, captured;
    const auto with = unknown(booked).ledger(entry()).result();
    CHECK(with.ok());
    CHECK(with.open ==
          std::vector<Difference>{{"o1", "", "no outcome yet of: authorise; the provider has authorised it"}});
    const auto without = unknown(not_booked).empty_ledger().result();
    CHECK(without.ok());
    CHECK(without.open ==
          std::vector<Difference>{{"o1", "", "no outcome yet of: authorise; the provider knows nothing of it"}});
    CHECK(unknown(captured).ledger(entry(200)).differences() ==
          lines{"o1 | the provider has booked more or other than the 200 KRW that it was asked to authorise"});
    Books declined;
    unknown(declined).payment(payment::event::OutcomeResolved{false}).payment(payment::event::Declined{kim, "late"});
    declined.settles("authorise", saga::Outcome::refused).ledger(entry());
    CHECK(declined.differences() ==
          lines{"o1 | the provider authorised 200 KRW under r1, of which the log knows nothing"});
}

TEST_CASE("the provider may be ahead by the call that has no outcome, and by nothing else") {
    const auto capturing = [] { return Books{}.confirmed().intends("capture").ledger(entry(200)).result(); };
    CHECK(capturing().ok());
    CHECK(capturing().open.size() == 1);
    CHECK(Books{}.confirmed().intends("capture").ledger(entry(100)).differences() ==
          lines{"o1 | the provider captured 100 KRW, the log says 0 KRW"});
    CHECK(Books{}.confirmed().intends("capture").ledger(entry(0, 0, true)).differences() ==
          lines{"o1 | the provider let go of the authorisation, the log does not say so"});

    const auto undoing = [](LedgerEntry booked) {
        return Books{}.confirmed().intends("pay-back", "cancellation").ledger(std::move(booked)).result();
    };
    CHECK(undoing(entry(0, 0, true)).ok());
    CHECK(undoing(entry()).ok());
    CHECK_FALSE(undoing(entry(200)).ok());

    const auto refunding = [](LedgerEntry booked) {
        Books books;
        books.completed().intends("authorise", "fulfilment", saga::Direction::compensate);
        return books.payment(payment::event::RefundRequested{won(200)}).ledger(std::move(booked)).result();
    };
    CHECK(refunding(entry(200, 200)).ok());
    CHECK(refunding(entry(200, 0)).ok());
    CHECK(refunding(entry(200, 0)).open.size() == 1);
    CHECK_FALSE(refunding(entry(200, 100)).ok());
}

TEST_CASE("a saga that is parked is told, excuses nothing, and is forgotten once it goes on") {
    const auto parked = [](Books& books) -> Books& {
        books.completed().payment(payment::event::RefundRequested{won(200)});
        books.intends("authorise", "fulfilment", saga::Direction::compensate);
        books.payment(payment::event::RefundFailed{won(200), "account closed"});
        books.settles("authorise", saga::Outcome::refused);
        return books.saga(saga::event::Parked{"authorise", "provider-declined"});
    };
    Books fits, differs, gone_on, of_another;
    const auto result = parked(fits).ledger(entry(200)).result();
    CHECK(result.ok());
    CHECK(result.open ==
          std::vector<Difference>{{"o1", "", "its fulfilment is parked at authorise: provider-declined"}});
    CHECK(parked(differs).ledger(entry(200, 200)).differences() ==
          lines{"o1 | the provider refunded 200 KRW, the log says 0 KRW"});
    CHECK(parked(gone_on).saga(saga::event::Ended{saga::Ending::compensated, ""}).result().open.empty());
    CHECK(parked(of_another).intends("cancel-delivery", "cancellation").result().open.size() == 1);
}

TEST_CASE("an event that cannot be read is a difference") {
    Reconciliation reconciliation;
    Recorded recorded{};
    recorded.position = Position{1};
    recorded.stream = "stock-tv";
    recorded.type = "stock.received";
    recorded.schema_version = 1;
    recorded.payload = "?";
    reconciliation.take(recorded);
    const auto result = reconciliation.end(false);
    REQUIRE(result.differences.size() == 1);
    CHECK(result.differences.front().what.starts_with("position 1: "));
}

}  // namespace sillok
