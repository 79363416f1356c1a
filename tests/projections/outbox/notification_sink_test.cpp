#include "tests/projections/projection_fixture.hpp"

#include "eventstore/base/byte_order.hpp"
#include "projections/engine/read_model_keys.hpp"
#include "projections/outbox/notification_sink.hpp"
#include "tests/eventually.hpp"

#include <rocksdb/db.h>

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

// Writes the sink's position as programs did that kept it with the read models.
void keep_as_before(const std::filesystem::path& views, Position position) {
    std::vector<std::string> names;
    REQUIRE(rocksdb::DB::ListColumnFamilies({}, views.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    REQUIRE(rocksdb::DB::Open({}, views.string(), families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db{opened};
    std::string value(8, '\0');
    put_little_endian(value.data(), position.value);
    CHECK(db->Put({}, db->DefaultColumnFamily(), read_model_keys::sink("recorder"), value).ok());
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
}

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
        models->deliver_to(sink, log.store());
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
        models->deliver_to(sink, log.store());
        models->start();
        log.append("order-o2", placed("anna"), order::event::Confirmed{anna});
        CHECK(sink.received(1).size() == 1);  // messages from before the sink are not delivered
        REQUIRE(models->notifications().rebuild({}));
        log.append("order-o3", placed("anna"), order::event::Confirmed{anna});
        CHECK(sink.received(2).size() == 2);
    }
    ViewsDirectory fresh;
    const auto models = open(fresh.path(), log);
    models->deliver_to(sink, log.store());
    models->start();
    log.append("order-o4", placed("anna"), order::event::Confirmed{anna});
    CHECK(sink.received(3) == std::vector{Position{4}, Position{6}, Position{8}});
}

TEST_CASE("without its read models a sink gets what it had not, and nothing again") {
    Log log;
    RecordingSink sink;
    std::vector<Position> expected;
    const auto confirm = [&](const std::string& id) {
        log.append("order-" + id, placed("anna"));
        expected.push_back(log.append("order-" + id, order::event::Confirmed{anna}));
    };
    for (int run = 0; run < 3; ++run) {
        ViewsDirectory fresh;  // as if views/ had been deleted
        const auto models = open(fresh.path(), log);
        models->deliver_to(sink, log.store());
        models->start();
        CHECK(sink.received(expected.size()) == expected);  // what came while nothing was delivered
        confirm("live-" + std::to_string(run));
        CHECK(sink.received(expected.size()) == expected);
        REQUIRE(eventually(std::chrono::seconds{10}, "the sink's position is kept",
                           [&] { return log.store().load_checkpoint("sink:recorder")->seen == expected.back(); }));
        models->stop();
        confirm("unsent-" + std::to_string(run));
    }
    ViewsDirectory last;
    const auto models = open(last.path(), log);
    models->deliver_to(sink, log.store());
    models->start();
    CHECK(sink.received(expected.size()) == expected);
}

TEST_CASE("a message that was not taken before the read models went is sent afterwards") {
    Log log;
    RecordingSink sink;
    Position message;
    {
        ViewsDirectory directory;
        const auto models = open(directory.path(), log);
        sink.refuse_next(1'000'000);
        models->deliver_to(sink, log.store());
        models->start();
        log.append("order-o", placed("anna"));
        message = log.append("order-o", order::event::Confirmed{anna});
        REQUIRE(models->notifications().seen().wait_lazily(message, {}));
    }
    sink.refuse_next(0);
    ViewsDirectory fresh;
    const auto models = open(fresh.path(), log);
    models->deliver_to(sink, log.store());
    models->start();
    CHECK(sink.received(1) == std::vector{message});
}

TEST_CASE("where an older program kept the position is where the sink goes on") {
    ViewsDirectory directory;
    Log log;
    RecordingSink sink;
    std::vector<Position> messages;
    for (int number = 0; number < 4; ++number) {
        log.append("order-o" + std::to_string(number), placed("anna"));
        messages.push_back(log.append("order-o" + std::to_string(number), order::event::Confirmed{anna}));
    }
    open(directory.path(), log).reset();
    keep_as_before(directory.path(), messages[1]);
    const auto models = open(directory.path(), log);
    models->deliver_to(sink, log.store());
    models->start();
    CHECK(sink.received(2) == std::vector{messages[2], messages[3]});
}

TEST_CASE("a message that the sink does not take is retried, and the messages after it wait") {
    ViewsDirectory directory;
    Log log;
    RecordingSink sink;
    sink.refuse_next(1);
    const auto models = open(directory.path(), log);
    models->deliver_to(sink, log.store());
    models->start();
    const auto first = log.append("order-o1", placed("anna"), order::event::Confirmed{anna});
    const auto second = log.append("order-o2", placed("anna"), order::event::Confirmed{anna});
    CHECK(sink.received(2) == std::vector{first, second});
}
