#include "sagas/engine/provider_gate.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

class SetClock final : public Clock {
   public:
    Timestamp now() const override { return time; }
    std::uint64_t random() const override { return 7; }
    Timestamp time{1'000'000};
};

struct Provider {
    explicit Provider(std::size_t calls_max) : line(clock, {}, calls_max) {}

    // Who may call now, in order; each call is begun.
    std::vector<std::string> called() {
        std::vector<std::string> streams;
        line.each_that_may_call([&](const std::string& stream) {
            streams.push_back(stream);
            line.begin();
        });
        return streams;
    }

    SetClock clock;
    ProviderGate line;
};

using streams = std::vector<std::string>;

TEST_CASE("the line moves up as calls end, whoever stood first goes first") {
    Provider provider{2};
    for (const auto* stream : {"a", "b", "c", "d"}) provider.line.stand(stream);
    CHECK(provider.called() == streams{"a", "b"});
    CHECK_FALSE(provider.line.may_call());
    provider.line.end();
    CHECK(provider.called() == streams{"c"});
    CHECK(provider.line.size() == 1);
}

TEST_CASE("who has left the line is not called for") {
    Provider provider{1};
    for (const auto* stream : {"a", "b", "c"}) provider.line.stand(stream);
    provider.line.leave("b");
    provider.line.leave("nobody");
    CHECK(provider.called() == streams{"a"});
    provider.line.end();
    CHECK(provider.called() == streams{"c"});
}

TEST_CASE("nobody calls while the breaker is open, and whoever stood in line is given time until they have") {
    Provider provider{1};
    CHECK_FALSE(provider.line.spared_until());
    provider.line.set_mode(BreakerMode::open);
    for (const auto* stream : {"a", "b"}) provider.line.stand(stream);
    CHECK(provider.called().empty());
    CHECK(provider.line.spared_until() == provider.clock.time);
    provider.line.set_mode(BreakerMode::closed);
    provider.clock.time.value += 10;
    provider.line.stand("c");
    CHECK(provider.called() == streams{"a"});
    CHECK(provider.line.spared_until() == provider.clock.time);  // b has waited for the breaker, too
    provider.clock.time.value += 10;
    provider.line.end();
    CHECK(provider.called() == streams{"b"});
    const auto last = provider.clock.time;
    provider.clock.time.value += 10;
    CHECK(provider.line.spared_until() == last);  // c has not
}

TEST_CASE("one who leaves takes nobody else's time away") {
    Provider provider{1};
    provider.line.set_mode(BreakerMode::open);
    for (const auto* stream : {"a", "b"}) provider.line.stand(stream);
    CHECK(provider.called().empty());
    provider.line.set_mode(BreakerMode::closed);
    provider.line.stand("c");
    provider.line.leave("c");
    provider.line.leave("a");
    provider.clock.time.value += 10;
    CHECK(provider.line.spared_until() == provider.clock.time);
    provider.line.leave("b");
    provider.clock.time.value += 10;
    CHECK(provider.line.spared_until() == Timestamp{provider.clock.time.value - 10});
}

TEST_CASE("calls that fail open the breaker") {
    Provider provider{100};
    for (int call = 0; call < 20; ++call) {
        const auto begun = provider.line.begin();
        provider.line.report(begun, CircuitBreaker::Outcome::failed, 1ms);
        provider.line.end();
    }
    CHECK(provider.line.snapshot().state == BreakerState::open);
    CHECK_FALSE(provider.line.may_call());
    provider.clock.time.value += 60'000;
    CHECK(provider.line.may_call());
}

}  // namespace
}  // namespace sillok::saga
