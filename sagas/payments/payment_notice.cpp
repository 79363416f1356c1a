#include "sagas/payments/payment_notice.hpp"

#include "eventstore/base/rfc3339.hpp"
#include "sagas/payments/money_json.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace sillok {
namespace {

constexpr std::size_t reference_bytes_max = 255;
constexpr std::size_t reason_bytes_max = 1'000;

}  // namespace

std::string_view notice_type(const Booking& booking) {
    const bool approved = !booking.declined;
    switch (booking.operation) {
        case Booking::Operation::authorise: return approved ? "payment.authorised" : "payment.declined";
        case Booking::Operation::capture: return approved ? "payment.captured" : "payment.captureFailed";
        case Booking::Operation::let_go: return approved ? "payment.voided" : "payment.voidFailed";
        case Booking::Operation::refund: return approved ? "payment.refunded" : "payment.refundFailed";
        case Booking::Operation::give_up: break;
    }
    std::unreachable();
}

std::string payment_notice(const Booking& booking, Timestamp at) {
    return nlohmann::ordered_json{
        {"type", notice_type(booking)}, {"timestamp", rfc3339(at)}, {"data", json_of(booking)}}
        .dump();
}

std::expected<Booking, NoticeFlaw> booking_told_of(const nlohmann::json& notice) {
    const auto wrong = [](std::string pointer, std::string what) {
        return std::unexpected(NoticeFlaw{std::move(pointer), std::move(what)});
    };
    if (!notice.is_object()) return wrong("", "must be an object");
    if (!parse_rfc3339(text_in(notice, "timestamp"))) return wrong("/timestamp", "must be a time as in RFC 3339");
    const auto data = notice.find("data");
    if (data == notice.end()) return wrong("/data", "is required");
    auto booking = booking_in(*data);
    if (!booking) return wrong("/data", "is no booking: " + booking.error());
    if (booking->operation == Booking::Operation::give_up) return wrong("/data/operation", "is nothing to be told of");
    if (booking->reference.size() > reference_bytes_max)
        return wrong("/data/reference", "must be at most 255 bytes long");
    if (booking->declined && booking->declined->size() > reason_bytes_max)
        return wrong("/data/reason", "must be at most 1000 bytes long");
    const auto type = notice_type(*booking);
    if (text_in(notice, "type") != type)
        return wrong("/type", "must be " + std::string{type} + ", as the operation and its status are");
    return *std::move(booking);
}

}  // namespace sillok
