// Amounts in what the payment provider and its callers tell each other: {"amount": 10000, "currency": "KRW"}.
#pragma once

#include "aggregates/values.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sillok {

nlohmann::json money_json(const Money& money);
// Nothing where the field is missing, no whole number of minor units, negative, or of no currency.
std::optional<Money> money_in(const nlohmann::json& object, const char* field);
std::optional<std::int64_t> amount_in(const nlohmann::json& object, const char* field);
std::optional<Currency> currency_in(const nlohmann::json& object, const char* field);
// Empty where the field is missing or no string.
std::string text_in(const nlohmann::json& object, const char* field);

}  // namespace sillok
