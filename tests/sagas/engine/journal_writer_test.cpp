#include "sagas/engine/journal_writer.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/command_processor.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_errors.hpp"
#include "tests/sagas/set_clock.hpp"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sillok::saga {
namespace {

const std::string journal = "saga-fulfilment-o1";

struct WriterFixture {
    WriterFixture() {
        instance.correlation = clock.new_id();
        instance.causation = clock.new_id();
        REQUIRE(stock.submit(ProductId{"tv"}, stock::command::Receive{{10}}, {{clock.now(), clock.new_id()}, {}, {}}));
    }
    void record(const std::string& why) { instance.record(event::Ignored{{}, "test", why}); }
    void reserve(std::int64_t quantity) {
        REQUIRE(stock.submit(writer.unit(), ProductId{"tv"}, stock::command::Reserve{OrderId{"o1"}, {quantity}},
                             clock.new_id()));
    }
    // The streams of the events after the position; "." ends a commit.
    std::vector<std::string> written_after(Position position) {
        std::vector<std::string> streams;
        REQUIRE(store.wait_durable(instance.written));
        for (const auto& recorded : store.read_log(position, 100)) {
            streams.emplace_back(recorded.stream);
            if (recorded.commit_rest == 0) streams.emplace_back(".");
        }
        return streams;
    }

    SetClock clock;
    EventStore store{std::make_unique<MemoryLog>()};
    CommandProcessor<stock::Stock> stock{store};
    JournalWriter writer{store, clock};
    Instance instance{journal, &all_sagas().front()};
};

// What is logged while it lives.
class Logged {
   public:
    Logged() {
        auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_));
        logger->set_pattern("%l %v");
        spdlog::set_default_logger(std::move(logger));
    }
    ~Logged() { spdlog::set_default_logger(before_); }
    Logged(const Logged&) = delete;
    Logged& operator=(const Logged&) = delete;
    [[nodiscard]] std::string lines() const { return lines_.str(); }

   private:
    std::ostringstream lines_;
    std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

using streams = std::vector<std::string>;

TEST_CASE("the journal's events and the decisions of aggregates are one commit") {
    WriterFixture saga;
    saga.record("first");
    saga.reserve(3);
    saga.record("second");
    REQUIRE(saga.writer.write(saga.instance));
    CHECK(saga.written_after(Position{1}) == streams{journal, journal, "stock-tv", "."});
    CHECK(saga.instance.version == Version{2});
    CHECK(saga.instance.unwritten.empty());
    CHECK(saga.writer.unit().size() == 0);
    const auto first = saga.store.read_stream(journal, Version{1}, 1);
    CHECK(first.front().actor == "saga:fulfilment");
    CHECK(first.front().correlation_id == saga.instance.correlation);
    CHECK(first.front().causation_id == saga.instance.causation);
}

TEST_CASE("nothing to write is no commit") {
    WriterFixture saga;
    REQUIRE(saga.writer.write(saga.instance));
    CHECK(saga.instance.written == Position{});
    CHECK(saga.store.version_of(journal) == Version{0});
}

TEST_CASE("a parked saga is logged once it is written, with the last detail") {
    WriterFixture saga;
    const Logged log;
    saga.instance.record(event::CommandCompleted{.command_id = {},
                                                 .step = "capture",
                                                 .direction = Direction::forward,
                                                 .outcome = Outcome::refused,
                                                 .code = "provider-declined",
                                                 .detail = "it is\nvoid",
                                                 .retry_at = {}});
    saga.instance.record(event::Parked{"capture", "provider-declined"});
    CHECK(log.lines().empty());
    REQUIRE(saga.writer.write(saga.instance));
    CHECK(log.lines() ==
          "warning saga-fulfilment-o1 is parked at step capture: provider-declined (\"it is\\nvoid\")\n");
    REQUIRE(saga.writer.write(saga.instance));
    saga.record("late");
    REQUIRE(saga.writer.write(saga.instance));
    CHECK(std::ranges::count(log.lines(), '\n') == 1);
}

TEST_CASE("a saga that its executor parks, or that is not written, is not logged by the writer") {
    WriterFixture saga;
    const Logged log;
    saga.instance.record(event::Parked{{}, "its journal cannot be read"});
    REQUIRE(saga.writer.write(saga.instance));
    saga.instance.record(event::Parked{"capture", "outcome-unknown"});
    saga.store.close();
    CHECK_FALSE(saga.writer.write(saga.instance));
    CHECK(log.lines().empty());
}

TEST_CASE("a decision that was overtaken is not written, and the next one sees what overtook it") {
    WriterFixture saga;
    saga.reserve(3);
    saga.record("reserved");
    Commit past{.metadata = {.actor = "somebody else"}};
    past.appends.push_back(
        {"stock-tv", Version{1}, {encode(stock::Stock::Event{stock::event::Reserved{{"o9"}, {8}}})}});
    REQUIRE(saga.store.append_and_wait(past));
    const auto written = saga.writer.write(saga.instance);
    REQUIRE_FALSE(written);
    CHECK(written.error() == WriteError::overtaken);
    CHECK(saga.store.version_of(journal) == Version{0});
    CHECK(saga.instance.unwritten.size() == 1);
    saga.writer.discard();
    const auto decided = saga.stock.submit(saga.writer.unit(), ProductId{"tv"},
                                           stock::command::Reserve{OrderId{"o1"}, {3}}, saga.clock.new_id());
    REQUIRE_FALSE(decided);
    CHECK(decided.error().reason == Rejection::insufficient_stock);
}

TEST_CASE("a closed log is a value, and the events stay unwritten") {
    WriterFixture saga;
    saga.record("late");
    saga.store.close();
    const auto written = saga.writer.write(saga.instance);
    REQUIRE_FALSE(written);
    CHECK(written.error() == WriteError::log_unavailable);
    CHECK(saga.instance.unwritten.size() == 1);
}

TEST_CASE("somebody else in the saga's own journal is a failure of that saga") {
    WriterFixture saga;
    Commit past{.metadata = {.actor = "somebody else"}};
    past.appends.push_back({journal, NoStream{}, {encode(Event{event::Ignored{{}, "test", "past"}})}});
    REQUIRE(saga.store.append_and_wait(past));
    saga.record("late");
    CHECK_THROWS_AS([[maybe_unused]] const auto written = saga.writer.write(saga.instance), UnforeseenAnswer);
}

}  // namespace
}  // namespace sillok::saga
