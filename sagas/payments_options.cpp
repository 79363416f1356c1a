#include "sagas/payments_options.hpp"

#include <utility>

namespace sillok {

std::expected<PaymentsOptions, std::string> parse_payments(std::string_view text) {
    constexpr std::string_view simulator = "simulator";
    if (text == simulator) return SimulatorProfile{};
    if (text.starts_with(simulator) && text.substr(simulator.size()).starts_with(':'))
        return parse_simulator_profile(text.substr(simulator.size() + 1));
    return parse_provider_address(text);
}

std::unique_ptr<Payments> connect(const PaymentsOptions& options) {
    if (const auto* profile = std::get_if<SimulatorProfile>(&options))
        return std::make_unique<SimulatedPayments>(*profile);
    return std::make_unique<HttpPayments>(std::get<ProviderAddress>(options));
}

}  // namespace sillok
