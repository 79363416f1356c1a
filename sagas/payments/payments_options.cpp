#include "sagas/payments/payments_options.hpp"

namespace sillok {
namespace {

// The simulator in this process sends no webhooks.
std::expected<SimulatorProfile, std::string> without_webhooks(std::expected<SimulatorProfile, std::string> profile) {
    if (profile && profile->webhooks != WebhookProfile{})
        return std::unexpected("only sillok payments-simulator sends webhooks");
    return profile;
}

}  // namespace

std::expected<PaymentsOptions, std::string> parse_payments(std::string_view text) {
    constexpr std::string_view simulator = "simulator";
    if (text == simulator) return SimulatorProfile{};
    if (text.starts_with(simulator) && text.substr(simulator.size()).starts_with(':'))
        return without_webhooks(parse_simulator_profile(text.substr(simulator.size() + 1)));
    return parse_http_address(text);
}

std::unique_ptr<Payments> connect(const PaymentsOptions& options) {
    if (const auto* profile = std::get_if<SimulatorProfile>(&options))
        return std::make_unique<SimulatedPayments>(*profile);
    return std::make_unique<HttpPayments>(std::get<HttpAddress>(options));
}

}  // namespace sillok
