// Reads the events of one order, and of its payment.
#pragma once

#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "sagas/reconciliation/log_reader.hpp"

#include <string>
#include <string_view>

namespace sillok::reconciliation {

class OrderReader {
   public:
    // REQUIRES: both outlive the reader.
    OrderReader(ReadingAt at, const std::string& order) : at_(at), id_(order), order_(at.entries.orders[order]) {}

    void read(const order::Order::Event& event);

   private:
    void apply(const order::event::Placed& event);
    void apply(const order::event::Confirmed& event);
    void apply(const order::event::Rejected&) { enter(OrderPhase::rejected); }
    void apply(const order::event::CancellationRequested&) { enter(OrderPhase::cancelling); }
    void apply(const order::event::Cancelled&) { enter(OrderPhase::cancelled); }
    void apply(const order::event::Completed& event);
    void apply(const order::event::CancellationRefused&) { enter(OrderPhase::confirmed); }
    void apply(const order::event::Returned&);
    void enter(OrderPhase phase);
    void differs(std::string_view what) const { at_.differs(id_, "", what); }

    const ReadingAt at_;
    const std::string& id_;
    OrderEntry& order_;
};

class PaymentReader {
   public:
    // REQUIRES: both outlive the reader.
    PaymentReader(ReadingAt at, const std::string& order)
        : at_(at), id_(order), order_(at.entries.orders[order]), payment_(at.entries.orders[order].payment) {}

    void read(const payment::Payment::Event& event);

   private:
    void apply(const payment::event::Requested& event);
    void apply(const payment::event::Authorised& event);
    void apply(const payment::event::Declined& event);
    void apply(const payment::event::OutcomeUnknown&) {}
    void apply(const payment::event::OutcomeResolved&) {}
    void apply(const payment::event::Captured& event);
    void apply(const payment::event::Voided& event);
    void apply(const payment::event::RefundRequested& event) { payment_.refund_requested = event.amount.amount; }
    void apply(const payment::event::Refunded& event);
    void apply(const payment::event::NotRequired& event);
    void apply(const payment::event::CaptureRefused& event);
    void apply(const payment::event::WrittenOff& event);
    void apply(const payment::event::RefundFailed&) { payment_.refund_requested = 0; }
    void differs(std::string_view what) const { at_.differs(id_, "", what); }

    const ReadingAt at_;
    const std::string& id_;
    const OrderEntry& order_;
    PaymentEntry& payment_;
};

// "200 KRW".
std::string text(std::int64_t amount, const Currency& currency);
std::string text(const Money& money);

bool is_undone(OrderPhase phase);
bool is_ended(OrderPhase phase);

}  // namespace sillok::reconciliation
