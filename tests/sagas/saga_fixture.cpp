#include "tests/sagas/saga_fixture.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "sagas/all_sagas.hpp"
#include "tests/eventually.hpp"
#include "tests/sagas/saga_scenario.hpp"

#include <spdlog/fmt/fmt.h>

#include <stdexcept>

namespace sillok {
namespace {

// Also the id of the log: what the provider does at random follows from its keys.
const Uuid outside = *Uuid::parse("0b7c9f0e-55a1-4e0c-8f00-000000000001");

// The same log with the same identity, up to a position, commit by commit.
std::unique_ptr<EventStore> copy_of(const EventStore& other, Position head) {
    auto store = std::make_unique<EventStore>(std::make_unique<MemoryLog>(other.identity()));
    std::optional<Commit> commit;
    const auto hand_over = [&] {
        if (commit && !store->append_and_wait(*std::exchange(commit, std::nullopt)))
            throw std::runtime_error("the log cannot be copied");
    };
    for (Position at{0}; at < head;) {
        const auto batch = other.read_log(at, head.value - at.value);
        for (const auto& event : batch) {
            const Metadata metadata{event.time, event.command_id, event.correlation_id, event.causation_id,
                                    std::string{event.actor}};
            if (!commit || commit->metadata != metadata || commit->appends[0].stream != event.stream) {
                hand_over();
                const auto before = Version{event.version.value - 1};
                commit = Commit{metadata, {}, {}};
                commit->appends.push_back(
                    {std::string{event.stream}, before.value == 0 ? Expected{NoStream{}} : Expected{before}, {}});
            }
            commit->appends[0].events.push_back(
                {std::string{event.type}, event.schema_version, std::string{event.payload}});
        }
        at = batch.back().position;
    }
    hand_over();
    return store;
}

}  // namespace

Timestamp HurriedClock::now() const {
    const auto passed = std::chrono::steady_clock::now() - start_;
    return Timestamp{1'700'000'000'000 + std::chrono::duration_cast<std::chrono::microseconds>(passed).count()};
}

SagaFixture::SagaFixture(SimulatorProfile profile)
    : provider_(std::make_shared<SimulatedPayments>(std::move(profile))),
      directory_(std::make_unique<TemporaryDirectory>()),
      store_(std::make_unique<EventStore>(std::make_unique<MemoryLog>(LogIdentity{.log_id = outside}))),
      orders_(*store_),
      stock_(*store_),
      payments_(*store_),
      deliveries_(*store_) {}

SagaFixture::SagaFixture(const SagaFixture& before, Position head)
    : SagaFixture(before, copy_of(*before.store_, head)) {}

SagaFixture::SagaFixture(const SagaFixture& before, std::unique_ptr<EventStore> log)
    : provider_(before.provider_),
      directory_(std::make_unique<TemporaryDirectory>()),
      store_(std::move(log)),
      orders_(*store_),
      stock_(*store_),
      payments_(*store_),
      deliveries_(*store_) {}

SagaFixture::~SagaFixture() { stop_sagas(); }

template <class D>
bool SagaFixture::give(CommandProcessor<D>& processor, const typename D::Id& id, const typename D::Command& command,
                       const std::string& what) {
    const auto command_id = uuid_v5(outside, what + "/" + id.value);
    const CommandContext context{{clock_.now(), command_id, command_id, {}, "test"}, {}, {}};
    const auto accepted = processor.submit(id, command, context);
    if (!accepted) return false;
    return store_->wait_durable(accepted->position).has_value();
}

void SagaFixture::stock(const std::string& product, std::int64_t quantity) {
    give<stock::Stock>(stock_, ProductId{product}, stock::command::Receive{{quantity}}, "receive");
}

void SagaFixture::order(const std::string& id, const std::vector<Line>& lines, const std::string& customer) {
    order::command::Place place{CustomerId{customer}, "Kim", "Seoul", {}};
    for (const auto& line : lines)
        place.lines.push_back(
            {ProductId{line.product}, line.product, {line.quantity}, {line.price, {{'K', 'R', 'W'}}}});
    give<order::Order>(orders_, OrderId{id}, place, "place");
}

bool SagaFixture::cancel(const std::string& id) {
    return give<order::Order>(orders_, OrderId{id}, order::command::RequestCancellation{"changed my mind"}, "cancel");
}
bool SagaFixture::start_delivery(const std::string& id) {
    return give<delivery::Delivery>(deliveries_, OrderId{id}, delivery::command::Start{"post", "1"}, "start");
}
bool SagaFixture::complete_delivery(const std::string& id) {
    return give<delivery::Delivery>(deliveries_, OrderId{id}, delivery::command::Complete{}, "complete");
}
bool SagaFixture::return_delivery(const std::string& id) {
    return give<delivery::Delivery>(deliveries_, OrderId{id}, delivery::command::Return{}, "return");
}

void SagaFixture::start_sagas(SagaOptions options) {
    options.directory = directory_->path();
    if (options.engine.managers.empty()) options.engine.managers = saga::all_sagas();
    // The clock runs a thousand times as fast: fifteen minutes would be less than a second.
    if (!options.engine.reserve_for) options.engine.reserve_for = std::chrono::hours{24 * 365};
    sagas_ = std::make_unique<SagaRuntime>(*store_, SagaTargets{orders_, stock_, payments_, deliveries_}, *provider_,
                                           clock_, std::move(options));
    sagas_->start();
}

void SagaFixture::stop_sagas() {
    if (sagas_) sagas_->stop();
    sagas_.reset();
}

bool SagaFixture::wait_until(std::string_view message, const std::function<bool()>& condition) const {
    return eventually(std::chrono::seconds{10}, message, condition);
}

bool SagaFixture::rests() {
    if (!sagas_) start_sagas();
    // A saga that is under way has a pending intent, so without one nothing can follow.
    return wait_until("no work of the sagas is pending", [&] {
        const auto head = store_->head();
        return sagas_->position().value() >= head && sagas_->counts().outstanding == 0 && store_->head() == head;
    });
}

order::Order::State SagaFixture::order_state(const std::string& id) {
    return orders_.with_state(OrderId{id}, [](const auto& state, Version) { return state; });
}
payment::Payment::State SagaFixture::payment_state(const std::string& id) {
    return payments_.with_state(OrderId{id}, [](const auto& state, Version) { return state; });
}
delivery::Delivery::State SagaFixture::delivery_state(const std::string& id) {
    return deliveries_.with_state(OrderId{id}, [](const auto& state, Version) { return state; });
}
stock::Stock::State SagaFixture::stock_state(const std::string& product) {
    return stock_.with_state(ProductId{product}, [](const auto& state, Version) { return state; });
}
std::pair<std::int64_t, std::int64_t> SagaFixture::pieces(const std::string& product) {
    const auto state = stock_state(product);
    return {state.on_hand.value, state.reserved.value};
}

std::vector<saga::Event> SagaFixture::journal(const std::string& stream) const {
    std::vector<saga::Event> events;
    for (const auto& recorded : store_->read_stream(stream, Version{1}, 10'000))
        events.push_back(*decode<saga::Event>(recorded));
    return events;
}

std::vector<std::string> SagaFixture::told(const std::string& stream) const {
    std::vector<std::string> lines;
    for (const auto& event : journal(stream)) lines.push_back(saga::told(event));
    return lines;
}

std::optional<saga::Ending> SagaFixture::ending(const std::string& stream) const {
    std::optional<saga::Ending> ending;
    for (const auto& event : journal(stream)) {
        if (const auto* ended = std::get_if<saga::event::Ended>(&event)) ending = ended->ending;
        if (std::holds_alternative<saga::event::Reopened>(event)) ending.reset();
    }
    return ending;
}

std::vector<std::string> SagaFixture::types(const std::string& stream) const {
    std::vector<std::string> names;
    for (const auto& recorded : store_->read_stream(stream, Version{1}, 10'000)) names.emplace_back(recorded.type);
    return names;
}

std::vector<Position> SagaFixture::cuts() const {
    std::vector<Position> ends;
    for (const auto& event : store_->read_log(Position{0}, store_->head().value))
        if (event.commit_rest == 0) ends.push_back(event.position);
    return ends;
}

}  // namespace sillok
