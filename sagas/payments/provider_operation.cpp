#include "sagas/payments/provider_operation.hpp"

#include "aggregates/codec/json_text.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "sagas/payments/money_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using Type = ProviderOperation::Type;

using TypeName = std::pair<Type, std::string_view>;
constexpr std::array<TypeName, 5> type_names{{{Type::authorise, "authorise"},
                                              {Type::capture, "capture"},
                                              {Type::void_, "void"},
                                              {Type::refund, "refund"},
                                              {Type::give_up, "give-up"}}};

}  // namespace

ProviderOperation given_up(const Uuid& key) {
    return {.type = Type::give_up,
            .key = key,
            .order = {},
            .customer = {},
            .amount = {},
            .reference = {},
            .declined = "given up before it arrived"};
}

nlohmann::ordered_json json_of(const ProviderOperation& operation) {
    const auto named = std::ranges::find(type_names, operation.type, &TypeName::first);
    if (operation.type == Type::give_up) return {{"operation", named->second}, {"key", operation.key.text()}};
    nlohmann::ordered_json object{{"operation", named->second},
                                  {"key", operation.key.text()},
                                  {"orderId", operation.order.value},
                                  {"customerId", operation.customer.value},
                                  {"reference", operation.reference},
                                  {"amount", money_json(operation.amount)},
                                  {"status", operation.declined ? "declined" : "approved"}};
    if (operation.declined) object["reason"] = *operation.declined;
    return object;
}

std::expected<ProviderOperation, std::string> operation_in(const json& object) {
    if (!object.is_object()) return std::unexpected("no JSON object");
    const auto named = std::ranges::find(type_names, text_in(object, "operation"), &TypeName::second);
    const auto key = Uuid::parse(text_in(object, "key"));
    const auto amount = money_in(object, "amount");
    const auto status = text_in(object, "status");
    ProviderOperation operation{.type = Type::authorise,
                                .key = key.value_or(Uuid{}),
                                .order = OrderId{text_in(object, "orderId")},
                                .customer = CustomerId{text_in(object, "customerId")},
                                .amount = amount.value_or(Money{}),
                                .reference = text_in(object, "reference"),
                                .declined = std::nullopt};
    if (named == type_names.end()) return std::unexpected("no known operation");
    if (!key) return std::unexpected("no key");
    if (named->first == Type::give_up) return given_up(*key);
    if (!amount) return std::unexpected("no amount");
    if (!is_valid(operation.order)) return std::unexpected("no order");
    if (object.contains("customerId") && !is_valid(operation.customer)) return std::unexpected("no customer");
    if (operation.reference.empty()) return std::unexpected("no reference");
    if (status != "approved" && status != "declined") return std::unexpected("no known status");
    operation.type = named->first;
    if (status == "declined") operation.declined = text_in(object, "reason");
    return operation;
}

std::string line_of(const ProviderOperation& operation) {
    auto object = json_of(operation);
    if (operation.time != Timestamp{}) object["time"] = rfc3339(operation.time);
    return object.dump();
}

std::expected<ProviderOperation, std::string> parse_operation(std::string_view line) {
    const auto object = json_in(line);
    auto operation = operation_in(object);
    if (operation && operation->type != Type::give_up && operation->customer.value.empty())
        return std::unexpected("no customer");
    if (!operation || !object.contains("time")) return operation;
    const auto time = parse_rfc3339(text_in(object, "time"));
    if (!time) return std::unexpected("no readable time");
    operation->time = *time;
    return operation;
}

}  // namespace sillok
