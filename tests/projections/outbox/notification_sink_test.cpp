#include "tests/projections/projection_fixture.hpp"

#include "projections/outbox/notification_sink.hpp"
#include "tests/eventually.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

using namespace sillok;
using namespace sillok::testing;

namespace {

class RecordingSink final : public NotificationSink {
   public:
    [[nodiscard]] std::string_view name() const override { return "recorder"; }
    [[nodiscard]] bool deliver(const Notifications::Row& message) override {
        const std::lock_guard lock{mutex_};
        if (to_refuse_ > 0) {
            --to_refuse_;
            return false;
        }
        received_.push_back(message.sequence);
        changed_.notify_all();
        return true;
    }
    void refuse_next(int count) {
        const std::lock_guard lock{mutex_};
        to_refuse_ = count;
    }
    // Waits until `count` messages have come.
    std::vector<Position> received(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return received_.size() >= count; });
        return received_;
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Position> received_;
    int to_refuse_ = 0;
};

const CustomerId anna{"anna"};

}  // namespace

TEST_CASE("every message is delivered once, in order, across restarts") {
    ViewsDirectory directory;
    Log log;
    RecordingSink sink;
    std::vector<Position> expected;
    const auto confirm = [&](const std::string& id) {
        log.append("order-" + id, placed("anna"));
        expected.push_back(log.append("order-" + id, order::event::Confirmed{anna}));
    };
    for (int run = 0; run < 3; ++run) {
        const auto models = open(directory.path(), log);
        models->deliver_to(sink);
        models->start();
        for (int number = 0; number < 300; ++number) confirm("o" + std::to_string(run * 1000 + number));
        CHECK(sink.received(expected.size()) == expected);
        CHECK(models->sinks().at(0).name == "recorder");
        CHECK(models->sinks().at(0).failure.empty());
    }
    CHECK(sink.received(0) == expected);
}

TEST_CASE("a rebuild of the outbox delivers nothing again, and neither does a new directory") {
    ViewsDirectory directory;
    Log log;
    RecordingSink sink;
    log.append("order-o1", placed("anna"), order::event::Confirmed{anna});
    {
        const auto models = open(directory.path(), log);
        models->deliver_to(sink);
        models->start();
        log.append("order-o2", placed("anna"), order::event::Confirmed{anna});
        CHECK(sink.received(1).size() == 1);  // messages from before the sink are not delivered
        REQUIRE(models->notifications().rebuild({}));
        log.append("order-o3", placed("anna"), order::event::Confirmed{anna});
        CHECK(sink.received(2).size() == 2);
    }
    ViewsDirectory fresh;
    const auto models = open(fresh.path(), log);
    models->deliver_to(sink);
    models->start();
    log.append("order-o4", placed("anna"), order::event::Confirmed{anna});
    CHECK(sink.received(3) == std::vector{Position{4}, Position{6}, Position{8}});
}

TEST_CASE("after a crash a message whose delivery was stored is not delivered again") {
    ViewsDirectory directory;
    Log log;
    RecordingSink sink;
    const auto killed = directory.path() / "killed";
    {
        const auto models = open(directory.path() / "views", log);
        models->deliver_to(sink);
        models->start();
        for (int number = 0; number < 20; ++number)
            log.append("order-o" + std::to_string(number), placed("anna"), order::event::Confirmed{anna});
        CHECK(sink.received(20).size() == 20);
        REQUIRE(eventually(std::chrono::seconds{10}, "the sink's position is stored",
                           [&] { return models->sinks().at(0).position == log.store().head(); }));
        std::filesystem::copy(directory.path() / "views", killed, std::filesystem::copy_options::recursive);
    }
    const auto models = open(killed, log);
    CHECK(models->notifications().position() == Position{0});  // its rows were not on disk yet; the sink's position was
    models->deliver_to(sink);
    models->start();
    log.append("order-last", placed("anna"), order::event::Confirmed{anna});
    CHECK(sink.received(21).back() == log.store().head());
    CHECK(sink.received(21).size() == 21);
}

TEST_CASE("a message that the sink does not take is retried, and the messages after it wait") {
    ViewsDirectory directory;
    Log log;
    RecordingSink sink;
    sink.refuse_next(1);
    const auto models = open(directory.path(), log);
    models->deliver_to(sink);
    models->start();
    const auto first = log.append("order-o1", placed("anna"), order::event::Confirmed{anna});
    const auto second = log.append("order-o2", placed("anna"), order::event::Confirmed{anna});
    CHECK(sink.received(2) == std::vector{first, second});
}
