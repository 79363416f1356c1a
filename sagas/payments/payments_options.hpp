// Which payment provider the backend works with, as `--payments` says it, and when it is left alone (`--breaker`).
#pragma once

#include "sagas/payment_simulator/simulated_payments.hpp"
#include "sagas/payments/circuit_breaker.hpp"
#include "sagas/payments/http_payments.hpp"

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace sillok {

using PaymentsOptions = std::variant<SimulatorProfile, HttpAddress>;

// "simulator", "simulator:decline=0.05,delay-ms=20" or "http://host:port/path"; the error is a sentence.
std::expected<PaymentsOptions, std::string> parse_payments(std::string_view text);

// "failures=0.5,slow-ms=3000,break-ms=1000,break-most-ms=60000"; what is not named stays as it is in BreakerOptions.
// The error is a sentence that names the part that is wrong.
std::expected<BreakerOptions, std::string> parse_breaker(std::string_view text);

std::unique_ptr<Payments> connect(const PaymentsOptions& options);

}  // namespace sillok
