// The choice of the payment provider, as `--payments` writes it.
#pragma once

#include "sagas/payment_simulator/simulated_payments.hpp"
#include "sagas/payments/http_payments.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace sillok {

using PaymentsOptions = std::variant<SimulatorProfile, HttpAddress>;

// Parses "simulator", "simulator:decline=0.05,delay-ms=20" or "http://host:port/path". The error is a sentence.
std::expected<PaymentsOptions, std::string> parse_payments(std::string_view text);

std::unique_ptr<Payments> connect(const PaymentsOptions& options);

}  // namespace sillok
