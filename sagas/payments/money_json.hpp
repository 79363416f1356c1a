// Amounts in the provider's JSON: {"amount": 10000, "currency": "KRW"}. Amounts are minor units.
#pragma once

#include "aggregates/values.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sillok {

nlohmann::json money_json(const Money& money);
// Each returns nothing if the field is missing or invalid: not a whole number, negative, or not a currency.
std::optional<Money> money_in(const nlohmann::json& object, const char* field);
std::optional<std::int64_t> amount_in(const nlohmann::json& object, const char* field);
std::optional<Currency> currency_in(const nlohmann::json& object, const char* field);
// Returns "" if the field is missing or not a string.
std::string text_in(const nlohmann::json& object, const char* field);

}  // namespace sillok
