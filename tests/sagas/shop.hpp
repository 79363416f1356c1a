// A shop for tests: a log in memory, the real aggregates, a simulated payment provider, and the sagas over them.
//
//     Shop shop;
//     shop.stock("tv", 10);
//     shop.order("o1", {{"tv", 3}});
//     shop.runs();
//     CHECK(shop.phase_of("o1") == order::Order::Phase::confirmed);
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
#include <utility>
#include <vector>

namespace sillok {

// Runs a thousand times as fast as the machine's clock, so that backoffs of minutes pass in a moment.
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

class Shop {
   public:
    explicit Shop(SimulatorProfile profile = {});
    // Another life of a shop that died when its log ended at `head`: the provider is still the same one.
    Shop(const Shop& before, Position head);
    ~Shop();

    // Commands from outside. Each has an id that follows from its arguments, so that saying it twice changes nothing.
    void stock(const std::string& product, std::int64_t quantity);
    void order(const std::string& id, const std::vector<Line>& lines, const std::string& customer = "kim");
    bool cancel(const std::string& id);
    bool start_delivery(const std::string& id);
    bool complete_delivery(const std::string& id);
    bool return_delivery(const std::string& id);

    void start_sagas(SagaOptions options = {});
    void stop_sagas();
    // Starts the sagas where they do not run, and waits until nothing is owed any more. False after ten seconds.
    bool rests();
    bool wait_until(const std::function<bool()>& condition) const;

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
