#include "tests/projections/shop.hpp"

#include "projections/outbox/notification_sink.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace sillok;
using namespace sillok::testing;

namespace {

class Letterbox final : public NotificationSink {
   public:
    [[nodiscard]] std::string_view name() const override { return "letterbox"; }
    [[nodiscard]] bool accept(const Notifications::Row& message) override {
        const std::lock_guard lock{mutex_};
        received_.push_back(message.sequence);
        changed_.notify_all();
        return true;
    }
    // Waits until so many messages have come.
    std::vector<Position> received(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return received_.size() >= count; });
        return received_;
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Position> received_;
};

const CustomerId anna{"anna"};

}  // namespace

TEST_CASE("every message is handed to the sink once, in order, across restarts") {
    TemporaryDirectory directory;
    Log log;
    Letterbox letterbox;
    std::vector<Position> expected;
    const auto tell = [&](const std::string& id) {
        log.append("order-" + id, placed("anna"));
        expected.push_back(log.append("order-" + id, order::event::Confirmed{anna}));
    };
    for (int run = 0; run < 3; ++run) {
        const auto models = open(directory.path(), log);
        models->deliver_to(letterbox);
        models->start();
        for (int number = 0; number < 300; ++number) tell("o" + std::to_string(run * 1000 + number));
        CHECK(letterbox.received(expected.size()) == expected);
        CHECK(models->sinks().at(0).name == "letterbox");
        CHECK(models->sinks().at(0).failure.empty());
    }
    CHECK(letterbox.received(0) == expected);
}

TEST_CASE("a rebuild of the list hands nothing over again, nor does a new directory") {
    TemporaryDirectory directory;
    Log log;
    Letterbox letterbox;
    log.append("order-o1", placed("anna"), order::event::Confirmed{anna});
    {
        const auto models = open(directory.path(), log);
        models->deliver_to(letterbox);
        models->start();
        log.append("order-o2", placed("anna"), order::event::Confirmed{anna});
        CHECK(letterbox.received(1).size() == 1);  // what was there before the sink is not handed over
        REQUIRE(models->notifications().rebuild({}));
        log.append("order-o3", placed("anna"), order::event::Confirmed{anna});
        CHECK(letterbox.received(2).size() == 2);
    }
    TemporaryDirectory fresh;
    const auto models = open(fresh.path(), log);
    models->deliver_to(letterbox);
    models->start();
    log.append("order-o4", placed("anna"), order::event::Confirmed{anna});
    CHECK(letterbox.received(3) == std::vector{Position{4}, Position{6}, Position{8}});
}

TEST_CASE("a killed process hands over again at most what it had not noted") {
    TemporaryDirectory directory;
    Log log;
    Letterbox letterbox;
    const auto killed = directory.path() / "killed";
    {
        const auto models = open(directory.path() / "views", log);
        models->deliver_to(letterbox);
        models->start();
        for (int number = 0; number < 20; ++number)
            log.append("order-o" + std::to_string(number), placed("anna"), order::event::Confirmed{anna});
        CHECK(letterbox.received(20).size() == 20);
        // It is noted right after the sink has taken it.
        while (models->sinks().at(0).position < log.store().head()) std::this_thread::yield();
        std::filesystem::copy(directory.path() / "views", killed, std::filesystem::copy_options::recursive);
    }
    const auto models = open(killed, log);
    CHECK(models->notifications().position() == Position{0});  // its rows were not on disk yet; where the sink is, was
    models->deliver_to(letterbox);
    models->start();
    log.append("order-last", placed("anna"), order::event::Confirmed{anna});
    CHECK(letterbox.received(21).back() == log.store().head());
    CHECK(letterbox.received(21).size() == 21);
}
