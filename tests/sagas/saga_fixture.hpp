// The sagas in their thread, over a log in memory, the real aggregates and a simulated payment provider.
//
//     SagaFixture shop;
//     shop.stock("tv", 10);
//     shop.order("o1", {{"tv", 3}});
//     REQUIRE(shop.rests());
//     CHECK(shop.order_state("o1").phase == order::Order::Phase::confirmed);
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/saga_events.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/saga_runtime.hpp"
#include "sagas/payment_simulator/simulated_payments.hpp"
#include "tests/temporary_directory.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

// Runs 1,000 times as fast as the machine's clock, so a backoff of a minute takes 60 ms.
class HurriedClock final : public Clock {
   public:
    Timestamp now() const override;
    std::uint64_t random() const override { return system_.random(); }

   private:
    SystemClock system_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Line {
    std::string product;
    std::int64_t quantity;
    std::int64_t price = 100;
};

class SagaFixture {
   public:
    explicit SagaFixture(SimulatorProfile profile = {});
    // As after a crash that cut the log at `head`. The provider is the same one.
    SagaFixture(const SagaFixture& before, Position head);
    // The same shop, on this log.
    SagaFixture(const SagaFixture& before, std::unique_ptr<EventStore> log);
    ~SagaFixture();

    // Commands from outside. A command's id follows from its arguments, so a repetition changes nothing.
    void stock(const std::string& product, std::int64_t quantity);
    void order(const std::string& id, const std::vector<Line>& lines, const std::string& customer = "kim");
    bool cancel(const std::string& id);
    bool start_delivery(const std::string& id);
    bool complete_delivery(const std::string& id);
    bool return_delivery(const std::string& id);

    void start_sagas(SagaOptions options = {});
    void stop_sagas();
    // Starts the sagas if they do not run, and waits until no work is pending. False after ten seconds.
    bool rests();
    // The same for any condition; `message` says it in words.
    bool wait_until(std::string_view message, const std::function<bool()>& condition) const;

    [[nodiscard]] order::Order::State order_state(const std::string& id);
    [[nodiscard]] payment::Payment::State payment_state(const std::string& id);
    [[nodiscard]] delivery::Delivery::State delivery_state(const std::string& id);
    [[nodiscard]] stock::Stock::State stock_state(const std::string& product);
    // (on hand, reserved)
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> pieces(const std::string& product);

    [[nodiscard]] std::vector<saga::Event> journal(const std::string& stream) const;
    // The journal in words, see saga_scenario.hpp.
    [[nodiscard]] std::vector<std::string> told(const std::string& stream) const;
    [[nodiscard]] std::optional<saga::Ending> ending(const std::string& stream) const;
    // The types of a stream's events.
    [[nodiscard]] std::vector<std::string> types(const std::string& stream) const;
    // Where commits end: the places at which a crash can cut the log.
    [[nodiscard]] std::vector<Position> cuts() const;

    EventStore& store() { return *store_; }
    SagaRuntime& sagas() { return *sagas_; }
    SimulatedPayments& provider() { return *provider_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_->path(); }

   private:
    template <class D>
    bool give(CommandProcessor<D>& processor, const typename D::Id& id, const typename D::Command& command,
              const std::string& what);

    std::shared_ptr<SimulatedPayments> provider_;  // shared by the lives of one shop
    std::unique_ptr<TemporaryDirectory> directory_;
    std::unique_ptr<EventStore> store_;
    CommandProcessor<order::Order> orders_;
    CommandProcessor<stock::Stock> stock_;
    CommandProcessor<payment::Payment> payments_;
    CommandProcessor<delivery::Delivery> deliveries_;
    HurriedClock clock_;
    std::unique_ptr<SagaRuntime> sagas_;
};

}  // namespace sillok
