#include "tools/payment_simulator/provider_dispatcher.hpp"

#include "aggregates/codec/json_text.hpp"
#include "eventstore/base/parse_number.hpp"
#include "sagas/payment_simulator/ledger_json.hpp"
#include "sagas/payments/money_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using Method = ProviderHttpRequest::Method;
using Type = ProviderOperation::Type;
using Fence = SimulatedProvider::Fence;

unsigned status_of(LedgerError error) {
    switch (error) {
        case LedgerError::reference_unknown: return 404;
        case LedgerError::full: return 503;
        default: return 422;
    }
}

// "authorisations", "REFERENCE", "capture" of "/authorisations/REFERENCE/capture".
struct Target {
    std::string_view collection, name, action, rest;
};
Target parse_target(std::string_view path) {
    Target target;
    for (auto* part : {&target.collection, &target.name, &target.action}) {
        if (!path.starts_with('/')) break;
        path.remove_prefix(1);
        *part = path.substr(0, path.find('/'));
        path.remove_prefix(part->size());
    }
    target.rest = path;
    return target;
}

// Returns the value of `name` in "after=5&limit=10", `otherwise` if it is missing, nothing if it is not a number.
std::optional<std::uint64_t> number_in(std::string_view query, std::string_view name, std::uint64_t otherwise) {
    while (!query.empty()) {
        const auto part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), part.size() + 1));
        if (!part.starts_with(name) || !part.substr(name.size()).starts_with('=')) continue;
        return parse_number<std::uint64_t>(part.substr(name.size() + 1));
    }
    return otherwise;
}

// A call's Approved is 201, a query's 200; Declined is 402 or 200.
enum class Kind : std::uint8_t { call, query };

ProviderHttpResponse http_response(const std::expected<SimulatedResponse, LedgerError>& result, Kind kind) {
    if (!result) return provider_error(status_of(result.error()), text(result.error()));
    ProviderHttpResponse response;
    if (const auto* approved = std::get_if<provider::Approved>(&result->response)) {
        response.status = kind == Kind::call ? 201 : 200;
        response.body = json{{"status", "approved"}, {"reference", approved->reference}}.dump();
    } else if (const auto* declined = std::get_if<provider::Declined>(&result->response)) {
        response.status = kind == Kind::call ? 402 : 200;
        response.body = json{{"status", "declined"}, {"reason", declined->reason}}.dump();
    } else if (const auto* unknown = std::get_if<provider::Unknown>(&result->response)) {
        response = provider_error(500, unknown->detail);
    } else {
        response.status = 404;
        response.body = json{{"status", "not-received"}}.dump();
    }
    response.delivered = result->delivered;
    response.wait = result->wait;
    response.posted = result->posted;
    return response;
}

}  // namespace

ProviderHttpResponse provider_error(unsigned status, std::string_view what) {
    return {.status = status, .body = json{{"status", "error"}, {"error", what}}.dump()};
}

ProviderHttpResponse ProviderDispatcher::dispatch(const ProviderHttpRequest& request) {
    const auto mark = request.target.find('?');
    const auto parameters = mark == std::string_view::npos ? std::string_view{} : request.target.substr(mark + 1);
    const auto target = parse_target(request.target.substr(0, mark));
    const auto expect = [&](Method method, auto&& handle) {
        return request.method == method ? handle() : provider_error(405, "method not allowed");
    };
    const bool one_part = target.name.empty() && target.action.empty() && target.rest.empty();
    const bool two_parts = !target.name.empty() && target.action.empty() && target.rest.empty();
    if (one_part && target.collection == "authorisations")
        return expect(Method::post, [&] { return call(request, Type::authorise, {}); });
    if (one_part && target.collection == "refunds")
        return expect(Method::post, [&] { return call(request, Type::refund, {}); });
    if (one_part && target.collection == "ledger") return expect(Method::get, [&] { return ledger(parameters); });
    if (two_parts && target.collection == "operations") {
        const bool fences = request.method == Method::remove;
        return expect(fences ? Method::remove : Method::get,
                      [&] { return query(target.name, fences ? Fence::yes : Fence::no); });
    }
    if (target.collection == "authorisations" && target.rest.empty() && !target.name.empty()) {
        if (target.action == "capture")
            return expect(Method::post, [&] { return call(request, Type::capture, target.name); });
        if (target.action == "void")
            return expect(Method::post, [&] { return call(request, Type::void_, target.name); });
    }
    return provider_error(404, "not found");
}

ProviderHttpResponse ProviderDispatcher::call(const ProviderHttpRequest& request, Type type,
                                              std::string_view reference) {
    const auto key = Uuid::parse(request.key);
    if (!key) return provider_error(400, "Idempotency-Key must be a UUID");
    const auto body = json_in(request.body);
    if (!body.is_object()) return provider_error(400, "the body must be a JSON object");
    OperationRequest wanted{.type = type,
                            .key = *key,
                            .order = OrderId{text_in(body, "orderId")},
                            .customer = {},
                            .amount = {},
                            .reference = std::string{reference}};
    if (!is_valid(wanted.order)) return provider_error(400, "orderId is missing or not an id");
    if (type != Type::void_) {
        const auto amount = money_in(body, "amount");
        if (!amount)
            return provider_error(400, "amount must be {\"amount\": whole minor units, \"currency\": ISO 4217}");
        wanted.amount = *amount;
    }
    if (type == Type::authorise) {
        wanted.customer = CustomerId{text_in(body, "customerId")};
        if (!is_valid(wanted.customer)) return provider_error(400, "customerId is missing or not an id");
    }
    if (type == Type::refund) wanted.reference = text_in(body, "reference");
    return http_response(provider_.call(wanted), Kind::call);
}

ProviderHttpResponse ProviderDispatcher::query(std::string_view key_text, Fence fence) {
    const auto key = Uuid::parse(key_text);
    if (!key) return provider_error(400, "an operation's key is a UUID");
    return http_response(provider_.query(*key, fence), Kind::query);
}

ProviderHttpResponse ProviderDispatcher::ledger(std::string_view query) const {
    const auto after = number_in(query, "after", 0);
    const auto limit = number_in(query, "limit", ledger_page_max);
    if (!after || !limit || *limit == 0) return provider_error(400, "after and limit are whole numbers");
    const auto entries = static_cast<std::size_t>(std::min<std::uint64_t>(*limit, ledger_page_max));
    return {.body = ledger_page_json(provider_.ledger().numbered_accounts(), *after, entries)};
}

}  // namespace sillok
