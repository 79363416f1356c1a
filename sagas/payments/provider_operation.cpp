#include "sagas/payments/provider_operation.hpp"

#include "sagas/payments/money_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using Operation = Booking::Operation;

constexpr std::array<std::pair<Operation, std::string_view>, 5> operations{{{Operation::authorise, "authorise"},
                                                                            {Operation::capture, "capture"},
                                                                            {Operation::let_go, "void"},
                                                                            {Operation::refund, "refund"},
                                                                            {Operation::give_up, "give-up"}}};

}  // namespace

Booking given_up(const Uuid& key) {
    return {.operation = Operation::give_up,
            .key = key,
            .order = {},
            .customer = {},
            .amount = {},
            .reference = {},
            .declined = "given up before it arrived"};
}

nlohmann::ordered_json json_of(const Booking& booking) {
    const auto name = std::ranges::find(operations, booking.operation, &decltype(operations)::value_type::first);
    if (booking.operation == Operation::give_up) return {{"operation", name->second}, {"key", booking.key.text()}};
    nlohmann::ordered_json object{{"operation", name->second},
                                  {"key", booking.key.text()},
                                  {"orderId", booking.order.value},
                                  {"customerId", booking.customer.value},
                                  {"reference", booking.reference},
                                  {"amount", money_json(booking.amount)},
                                  {"status", booking.declined ? "declined" : "approved"}};
    if (booking.declined) object["reason"] = *booking.declined;
    return object;
}

std::expected<Booking, std::string> booking_in(const json& object) {
    if (!object.is_object()) return std::unexpected("no JSON object");
    const auto operation =
        std::ranges::find(operations, text_in(object, "operation"), &decltype(operations)::value_type::second);
    const auto key = Uuid::parse(text_in(object, "key"));
    const auto amount = money_in(object, "amount");
    const auto status = text_in(object, "status");
    Booking booking{.operation = Operation::authorise,
                    .key = key.value_or(Uuid{}),
                    .order = OrderId{text_in(object, "orderId")},
                    .customer = CustomerId{text_in(object, "customerId")},
                    .amount = amount.value_or(Money{}),
                    .reference = text_in(object, "reference"),
                    .declined = std::nullopt};
    if (operation == operations.end()) return std::unexpected("no known operation");
    if (!key) return std::unexpected("no key");
    if (operation->first == Operation::give_up) return given_up(*key);
    if (!amount) return std::unexpected("no amount");
    if (!is_valid(booking.order)) return std::unexpected("no order");
    if (object.contains("customerId") && !is_valid(booking.customer)) return std::unexpected("no customer");
    if (booking.reference.empty()) return std::unexpected("no reference");
    if (status != "approved" && status != "declined") return std::unexpected("no known status");
    booking.operation = operation->first;
    if (status == "declined") booking.declined = text_in(object, "reason");
    return booking;
}

std::string line_of(const Booking& booking) { return json_of(booking).dump(); }

std::expected<Booking, std::string> parse_booking(std::string_view line) {
    auto booking = booking_in(json::parse(line, nullptr, false));
    if (booking && booking->operation != Operation::give_up && booking->customer.value.empty())
        return std::unexpected("no customer");
    return booking;
}

}  // namespace sillok
