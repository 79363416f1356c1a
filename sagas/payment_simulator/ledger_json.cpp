#include "sagas/payment_simulator/ledger_json.hpp"

#include "aggregates/codec/json_text.hpp"
#include "sagas/payments/money_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;

json json_of(const LedgerAccount& account) {
    const auto& entry = account.entry;
    return {{"reference", account.reference},
            {"orderId", entry.order.value},
            {"customerId", entry.customer.value},
            {"currency", entry.authorised.currency.text()},
            {"authorised", entry.authorised.amount},
            {"captured", entry.captured},
            {"refunded", entry.refunded},
            {"voided", entry.voided}};
}

std::optional<LedgerAccount> account_in(const json& object) {
    if (!object.is_object()) return std::nullopt;
    const auto currency = currency_in(object, "currency");
    const auto authorised = amount_in(object, "authorised");
    const auto captured = amount_in(object, "captured");
    const auto refunded = amount_in(object, "refunded");
    const auto voided = object.find("voided");
    if (!currency || !authorised || !captured || !refunded) return std::nullopt;
    if (voided == object.end() || !voided->is_boolean()) return std::nullopt;
    auto reference = text_in(object, "reference");
    if (reference.empty()) return std::nullopt;
    return LedgerAccount{std::move(reference),
                         {OrderId{text_in(object, "orderId")},
                          CustomerId{text_in(object, "customerId")},
                          {*authorised, *currency},
                          *captured,
                          *refunded,
                          voided->get<bool>()}};
}

}  // namespace

std::string ledger_page_json(const std::map<std::uint64_t, LedgerAccount>& ledger, std::uint64_t after,
                             std::size_t limit) {
    auto accounts = json::array();
    auto last = after;
    auto at = ledger.upper_bound(after);
    for (; at != ledger.end() && accounts.size() < limit; ++at) {
        accounts.push_back(json_of(at->second));
        last = at->first;
    }
    return json{{"authorisations", std::move(accounts)}, {"next", at != ledger.end() ? json(last) : json(nullptr)}}
        .dump();
}

std::expected<LedgerPage, std::string> parse_ledger_page(std::string_view text) {
    const auto page = json_in(text);
    if (!page.is_object() || !page.contains("authorisations") || !page["authorisations"].is_array())
        return std::unexpected("no ledger's page");
    LedgerPage read;
    for (const auto& object : page["authorisations"]) {
        auto account = account_in(object);
        if (!account) return std::unexpected("an authorisation that cannot be read");
        read.accounts.push_back(*std::move(account));
    }
    const auto next = page.find("next");
    if (next == page.end() || (!next->is_null() && !next->is_number_unsigned()))
        return std::unexpected("it does not say what comes next");
    if (next->is_number_unsigned()) read.next = next->get<std::uint64_t>();
    return read;
}

}  // namespace sillok
