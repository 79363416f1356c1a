#include "sagas/payments/payments_options.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <variant>

namespace sillok {
namespace {

using namespace std::chrono_literals;

TEST_CASE("--payments names the simulator or a provider's address") {
    CHECK(std::get<SimulatorProfile>(*parse_payments("simulator")) == SimulatorProfile{});
    CHECK(std::get<SimulatorProfile>(*parse_payments("simulator:delay-ms=20")).delay == 20ms);
    CHECK(std::get<HttpAddress>(*parse_payments("http://pay.example:8081/v1/")) ==
          HttpAddress{"pay.example", "8081", "/v1"});
    CHECK(std::get<HttpAddress>(*parse_payments("http://127.0.0.1")) == HttpAddress{"127.0.0.1", "80", ""});
    for (const auto* wrong : {"", "simulatorx", "simulator:x", "https://pay.example", "ftp://pay.example",
                              "pay.example", "http://", "http://a:b@pay.example", "http://pay.example:99999",
                              "http://pay.example:0", "http://pay.example/?q=1", "http://pay example"}) {
        CAPTURE(wrong);
        const auto parsed = parse_payments(wrong);
        CHECK_FALSE(parsed);
        if (!parsed) CHECK_FALSE(parsed.error().empty());
    }
    CHECK(parse_payments("simulator:webhook-lose=0.1").error() == "only sillok payments-simulator sends webhooks");
}

}  // namespace
}  // namespace sillok
