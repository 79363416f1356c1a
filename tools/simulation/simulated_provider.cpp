#include "tools/simulation/simulated_provider.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace sillok::simulation {
namespace {

using namespace std::chrono_literals;
using Ask = saga::PaymentErrand::Ask;

constexpr Microseconds patience = 10s;

Booking::Operation operation_of(Ask ask) {
    switch (ask) {
        case Ask::authorise: return Booking::Operation::authorise;
        case Ask::capture: return Booking::Operation::capture;
        case Ask::void_authorisation: return Booking::Operation::let_go;
        case Ask::refund: break;
    }
    return Booking::Operation::refund;
}

PaymentAnswer answer_of(const Booking& booking) {
    if (booking.declined) return Declined{*booking.declined};
    return Approved{booking.reference};
}

}  // namespace

ProviderAcrossNetwork::ProviderAcrossNetwork(const FaultRates& rates, Scheduler& scheduler, Rng& rng,
                                             InjectedBug injected_bug)
    : rates_(rates), scheduler_(scheduler), rng_(rng), injected_bug_(injected_bug) {}

bool ProviderAcrossNetwork::happens(double rate) {
    if (!rng_.happens(rate)) return false;
    ++faults_;
    return true;
}

Microseconds ProviderAcrossNetwork::way() {
    if (happens(rates_.late)) return Microseconds{rng_.between(1'000'000, 300'000'000)};
    return Microseconds{rng_.between(500, 100'000)};
}

void ProviderAcrossNetwork::ask(const saga::PaymentErrand& errand, Hear hear) {
    struct Waiting {
        Hear hear;
        Microseconds since;
    };
    const auto waiting = std::make_shared<Waiting>(std::move(hear), scheduler_.now());
    const auto once = [this, waiting](const PaymentAnswer& said, auto) {
        if (!waiting->hear) return;
        const auto told = std::exchange(waiting->hear, nullptr);
        told(said, std::chrono::duration_cast<std::chrono::milliseconds>(scheduler_.now() - waiting->since));
    };
    scheduler_.after(patience, [once] { once(Unknown{"no answer"}, 0ms); });
    if (!happens(rates_.call_lost)) send(errand, once);
    if (happens(rates_.call_doubled)) send(errand, once);
}

void ProviderAcrossNetwork::send(const saga::PaymentErrand& errand, const Hear& answer) {
    scheduler_.after(way(), [this, errand, answer] {
        if (outage_) return;
        const auto said = receive(errand);
        if (happens(rates_.answer_lost)) return;
        scheduler_.after(way(), [said, answer] { answer(said, 0ms); });
    });
}

PaymentAnswer ProviderAcrossNetwork::receive(const saga::PaymentErrand& errand) {
    if (happens(rates_.provider_error)) return Unknown{"the provider failed"};
    if (errand.query) return receive_giving_up(errand.call.key);
    BookingCall call{operation_of(errand.ask), errand.call.key,    errand.call.order,
                     errand.call.customer,     errand.call.amount, errand.call.reference};
    if (injected_bug_ == InjectedBug::provider_not_idempotent && books_.find(call.key) != nullptr)
        call.key = uuid_v5(call.key, std::to_string(++second_times_));
    const auto booking = books_.look_up(call);
    if (!booking) return Unknown{std::string{text(booking.error())}};
    if (books_.find(call.key) != nullptr) return answer_of(*booking);
    const bool declined = errand.ask == Ask::authorise && happens(rates_.declined);
    const auto& booked = books_.book(*booking, declined ? std::optional<std::string>{"card declined"} : std::nullopt);
    send_notice(booked);
    return answer_of(booked);
}

void ProviderAcrossNetwork::send_notice(const Booking& booking) {
    if (!notice_ || !rng_.happens(rates_.notice)) return;
    for (auto copies = happens(rates_.notice_doubled) ? 2 : 1; copies > 0; --copies)
        scheduler_.after(way(), [this, booking] { notice_(booking); });
}

PaymentAnswer ProviderAcrossNetwork::receive_giving_up(const Uuid& key) {
    const auto* booking =
        injected_bug_ == InjectedBug::question_keeps_key_alive ? books_.find(key) : books_.give_up(key);
    if (booking == nullptr || booking->operation == Booking::Operation::give_up) return NotReceived{};
    return answer_of(*booking);
}

}  // namespace sillok::simulation
