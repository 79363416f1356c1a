#include "sagas/payments/money_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace sillok {

nlohmann::json money_json(const Money& money) {
    return {{"amount", money.amount}, {"currency", money.currency.text()}};
}

std::optional<Money> money_in(const nlohmann::json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end() || !found->is_object()) return std::nullopt;
    const auto amount = amount_in(*found, "amount");
    const auto currency = currency_in(*found, "currency");
    if (!amount || !currency) return std::nullopt;
    return Money{*amount, *currency};
}

std::optional<std::int64_t> amount_in(const nlohmann::json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;  // 0 and above are unsigned
    const auto amount = found->get<std::uint64_t>();
    if (amount > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    return static_cast<std::int64_t>(amount);
}

std::optional<Currency> currency_in(const nlohmann::json& object, const char* field) {
    const auto text = text_in(object, field);
    Currency currency;
    if (text.size() != currency.letters.size()) return std::nullopt;
    std::ranges::copy(text, currency.letters.begin());
    if (!is_valid(currency)) return std::nullopt;
    return currency;
}

std::string text_in(const nlohmann::json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace sillok
