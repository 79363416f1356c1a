// Which payment provider the backend works with, as `--payments` says it.
#pragma once

#include "sagas/http_payments.hpp"
#include "sagas/simulated_payments.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace sillok {

using PaymentsOptions = std::variant<SimulatorProfile, ProviderAddress>;

// "simulator", "simulator:decline=0.05,delay-ms=20" or "http://host:port/path"; the error is a sentence.
std::expected<PaymentsOptions, std::string> parse_payments(std::string_view text);

std::unique_ptr<Payments> connect(const PaymentsOptions& options);

}  // namespace sillok
