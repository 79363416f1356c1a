#include "sagas/payments/payments_options.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace sillok {
namespace {

using namespace std::chrono_literals;

template <class Number>
bool read(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

bool set_share(double& share, std::string_view value) {
    double parsed = 0;
    if (!read(value, parsed) || !(parsed > 0 && parsed <= 1)) return false;
    share = parsed;
    return true;
}

bool set_time(std::chrono::milliseconds& time, std::string_view value) {
    constexpr std::chrono::milliseconds most = 24h;
    std::int64_t parsed = 0;
    if (!read(value, parsed) || parsed < 1 || parsed > most.count()) return false;
    time = std::chrono::milliseconds{parsed};
    return true;
}

bool set(BreakerOptions& breaker, std::string_view key, std::string_view value) {
    if (key == "failures") return set_share(breaker.failure_rate, value);
    if (key == "slow-ms") return set_time(breaker.slow, value);
    if (key == "break-ms") return set_time(breaker.break_first, value);
    if (key == "break-most-ms") return set_time(breaker.break_most, value);
    return false;
}

// The simulator in this process answers every call, or lets it time out; it tells nothing of its own accord.
std::expected<SimulatorProfile, std::string> inside(std::expected<SimulatorProfile, std::string> profile) {
    if (profile && profile->webhooks != WebhookProfile{})
        return std::unexpected("only sillok payments-simulator sends webhooks");
    return profile;
}

}  // namespace

std::expected<PaymentsOptions, std::string> parse_payments(std::string_view text) {
    constexpr std::string_view simulator = "simulator";
    if (text == simulator) return SimulatorProfile{};
    if (text.starts_with(simulator) && text.substr(simulator.size()).starts_with(':'))
        return inside(parse_simulator_profile(text.substr(simulator.size() + 1)));
    return parse_http_address(text);
}

std::expected<BreakerOptions, std::string> parse_breaker(std::string_view text) {
    BreakerOptions breaker;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const auto equals = part.find('=');
        if (equals == std::string_view::npos || !set(breaker, part.substr(0, equals), part.substr(equals + 1)))
            return std::unexpected(fmt::format("the circuit breaker does not understand \"{}\"", part));
    }
    return breaker;
}

std::unique_ptr<Payments> connect(const PaymentsOptions& options) {
    if (const auto* profile = std::get_if<SimulatorProfile>(&options))
        return std::make_unique<SimulatedPayments>(*profile);
    return std::make_unique<HttpPayments>(std::get<HttpAddress>(options));
}

}  // namespace sillok
