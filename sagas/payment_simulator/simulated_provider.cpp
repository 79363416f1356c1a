#include "sagas/payment_simulator/simulated_provider.hpp"

#include "sagas/payment_simulator/ledger_json.hpp"
#include "sagas/payments/money_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using Method = ProviderHttpRequest::Method;
using Type = ProviderOperation::Type;

constexpr std::size_t tries_max = 1'000'000;

std::string body_of(const ProviderOperation& operation) {
    if (operation.declined) return json{{"status", "declined"}, {"reason", *operation.declined}}.dump();
    return json{{"status", "approved"}, {"reference", operation.reference}}.dump();
}

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
Target parts_of(std::string_view path) {
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

// The value of `name` in "after=5&limit=10"; `otherwise` where it is missing, nothing where it is no number.
std::optional<std::uint64_t> number_in(std::string_view query, std::string_view name, std::uint64_t otherwise) {
    while (!query.empty()) {
        const auto part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), part.size() + 1));
        if (!part.starts_with(name) || !part.substr(name.size()).starts_with('=')) continue;
        const auto digits = part.substr(name.size() + 1);
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        return number;
    }
    return otherwise;
}

}  // namespace

ProviderHttpResponse error_reply(unsigned status, std::string_view what) {
    return {.status = status, .body = json{{"status", "error"}, {"error", what}}.dump(), .booked = {}};
}

SimulatedProvider::SimulatedProvider(SimulatorProfile profile, std::size_t authorisations_max)
    : profile_(std::move(profile)), ledger_(authorisations_max) {}

ProviderHttpResponse SimulatedProvider::answer(const ProviderHttpRequest& request) {
    const auto mark = request.target.find('?');
    const auto query = mark == std::string_view::npos ? std::string_view{} : request.target.substr(mark + 1);
    const auto target = parts_of(request.target.substr(0, mark));
    const auto expects = [&](Method method, auto&& answered) {
        return request.method == method ? answered() : error_reply(405, "another method");
    };
    const bool one_part = target.name.empty() && target.action.empty() && target.rest.empty();
    const bool two_parts = !target.name.empty() && target.action.empty() && target.rest.empty();
    if (one_part && target.collection == "authorisations")
        return expects(Method::post, [&] { return call(request, Type::authorise, {}); });
    if (one_part && target.collection == "refunds")
        return expects(Method::post, [&] { return call(request, Type::refund, {}); });
    if (one_part && target.collection == "ledger") return expects(Method::get, [&] { return ledger(query); });
    if (two_parts && target.collection == "operations") {
        const bool give_up = request.method == Method::remove;
        return expects(give_up ? Method::remove : Method::get, [&] { return question(target.name, give_up); });
    }
    if (target.collection == "authorisations" && target.rest.empty() && !target.name.empty()) {
        if (target.action == "capture")
            return expects(Method::post, [&] { return call(request, Type::capture, target.name); });
        if (target.action == "void")
            return expects(Method::post, [&] { return call(request, Type::void_, target.name); });
    }
    return error_reply(404, "nothing is here");
}

ProviderHttpResponse SimulatedProvider::call(const ProviderHttpRequest& request, Type operation,
                                             std::string_view reference) {
    const auto key = Uuid::parse(request.key);
    if (!key) return error_reply(400, "Idempotency-Key must be a UUID");
    const auto body = json::parse(request.body, nullptr, false);
    if (!body.is_object()) return error_reply(400, "the body must be a JSON object");
    OperationRequest call{.type = operation,
                          .key = *key,
                          .order = OrderId{text_in(body, "orderId")},
                          .customer = {},
                          .amount = {},
                          .reference = std::string{reference}};
    if (!is_valid(call.order)) return error_reply(400, "orderId is missing or no id");
    if (operation != Type::void_) {
        const auto amount = money_in(body, "amount");
        if (!amount) return error_reply(400, "amount must be {\"amount\": whole minor units, \"currency\": ISO 4217}");
        call.amount = *amount;
    }
    if (operation == Type::authorise) {
        call.customer = CustomerId{text_in(body, "customerId")};
        if (!is_valid(call.customer)) return error_reply(400, "customerId is missing or no id");
    }
    if (operation == Type::refund) call.reference = text_in(body, "reference");
    return carry_out(call);
}

ProviderHttpResponse SimulatedProvider::carry_out(const OperationRequest& call) {
    auto operation = ledger_.prepare(call);
    if (!operation) return error_reply(status_of(operation.error()), text(operation.error()));
    const auto fault = fault_of(*operation, false);
    if (fault == SimulatedFault::fail) return failed();
    ProviderHttpResponse reply{.body = {}, .wait = wait_of(profile_, fault), .booked = {}};
    reply.answered = fault == SimulatedFault::none || fault == SimulatedFault::decline;
    if (fault == SimulatedFault::lose) return reply;
    const auto* known = ledger_.find(call.key);
    if (known == nullptr) {
        const bool decline = fault == SimulatedFault::decline;
        known =
            &ledger_.post(*std::move(operation), decline ? std::optional<std::string>{"card declined"} : std::nullopt);
        reply.booked = *known;
    }
    reply.status = known->declined ? 402 : 201;
    reply.body = body_of(*known);
    return reply;
}

ProviderHttpResponse SimulatedProvider::question(std::string_view key_text, bool give_up) {
    const auto key = Uuid::parse(key_text);
    if (!key) return error_reply(400, "an operation's key is a UUID");
    const auto* known = ledger_.find(*key);
    if (known == nullptr || known->type == Type::give_up) {
        ProviderHttpResponse none{
            .status = 404, .body = json{{"status", "not-received"}}.dump(), .wait = profile_.delay, .booked = {}};
        if (known != nullptr || !give_up) return none;
        known = ledger_.give_up(*key);
        if (known == nullptr) return error_reply(status_of(LedgerError::full), text(LedgerError::full));
        none.booked = *known;
        return none;
    }
    const auto fault = fault_of(*known, true);
    if (fault == SimulatedFault::fail) return failed();
    return {.body = body_of(*known),
            .answered = fault == SimulatedFault::none,
            .wait = wait_of(profile_, fault),
            .booked = {}};
}

ProviderHttpResponse SimulatedProvider::ledger(std::string_view query) const {
    const auto after = number_in(query, "after", 0);
    const auto limit = number_in(query, "limit", ledger_page_max);
    if (!after || !limit || *limit == 0) return error_reply(400, "after and limit are whole numbers");
    const auto entries = static_cast<std::size_t>(std::min<std::uint64_t>(*limit, ledger_page_max));
    return {.body = ledger_page_json(ledger_.accounts(), *after, entries), .booked = {}};
}

ProviderHttpResponse SimulatedProvider::failed() const {
    auto reply = error_reply(500, "the provider failed");
    reply.wait = profile_.delay;
    return reply;
}

SimulatedFault SimulatedProvider::fault_of(const ProviderOperation& operation, bool is_question) {
    using Kind = SimulatedTry::Kind;
    const auto kind = is_question                         ? Kind::question
                      : operation.type == Type::authorise ? Kind::authorisation
                                                          : Kind::other_call;
    if (tries_.size() >= tries_max) tries_.clear();
    auto& tries = tries_[operation.key];
    return sillok::fault_of(profile_, {kind, operation.key, operation.customer, operation.amount.amount, tries++});
}

}  // namespace sillok
