#include "sagas/payments/payment_notice.hpp"

#include "eventstore/base/rfc3339.hpp"
#include "sagas/payments/money_json.hpp"
#include "sagas/payments/provider_reason.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace sillok {
std::string_view notice_type(const ProviderOperation& operation) {
    const bool approved = !operation.declined;
    switch (operation.type) {
        case ProviderOperation::Type::authorise: return approved ? "payment.authorised" : "payment.declined";
        case ProviderOperation::Type::capture: return approved ? "payment.captured" : "payment.captureFailed";
        case ProviderOperation::Type::void_: return approved ? "payment.voided" : "payment.voidFailed";
        case ProviderOperation::Type::refund: return approved ? "payment.refunded" : "payment.refundFailed";
        case ProviderOperation::Type::give_up: break;
    }
    std::unreachable();
}

std::string payment_notice(const ProviderOperation& operation, Timestamp at) {
    return nlohmann::ordered_json{
        {"type", notice_type(operation)}, {"timestamp", rfc3339(at)}, {"data", json_of(operation)}}
        .dump();
}

std::expected<ProviderOperation, NoticeFlaw> parse_payment_notice(const nlohmann::json& notice) {
    const auto wrong = [](std::string pointer, std::string what) {
        return std::unexpected(NoticeFlaw{std::move(pointer), std::move(what)});
    };
    if (!notice.is_object()) return wrong("", "must be an object");
    if (!parse_rfc3339(text_in(notice, "timestamp"))) return wrong("/timestamp", "must be a time as in RFC 3339");
    const auto data = notice.find("data");
    if (data == notice.end()) return wrong("/data", "is required");
    auto operation = operation_in(*data);
    if (!operation) return wrong("/data", "is no operation: " + operation.error());
    if (operation->type == ProviderOperation::Type::give_up) return wrong("/data/operation", "has no notice");
    if (operation->reference.size() > reference_bytes_max)
        return wrong("/data/reference", "must be at most 255 bytes long");
    if (operation->declined) operation->declined = provider_reason(*operation->declined);
    const auto type = notice_type(*operation);
    if (text_in(notice, "type") != type)
        return wrong("/type", "must be " + std::string{type} + ", to fit the operation and its status");
    return *std::move(operation);
}

}  // namespace sillok
