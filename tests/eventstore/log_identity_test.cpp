// A log's identity: given once, kept by copies, and never two histories under one log id and epoch.
#include "eventstore/log_identity.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/keys.hpp"
#include "eventstore/transfer/backup.hpp"
#include "eventstore/transfer/log_copier.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventstore/tamper.hpp"

#include <doctest/doctest.h>

#include <rocksdb/db.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace sillok {

namespace {

void fill(EventStore& store, std::uint64_t commits) {
    for (std::uint64_t i = 0; i < commits; ++i)
        REQUIRE(store.append_and_wait(to("s-" + std::to_string(store.head().value), NoStream{}, {"{}"})));
}

// Removes keys of the default family. Without both keys of the identity it is a log as older programs wrote it.
void without(const std::filesystem::path& log, std::initializer_list<std::string_view> gone) {
    tamper(log, rocksdb::kDefaultColumnFamilyName, [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family) {
        for (const auto key : gone) CHECK(db.Delete({}, &family, std::string{key}).ok());
    });
}

}  // namespace

TEST_CASE_TEMPLATE("a log has its identity from the beginning and keeps it", Storage, InMemory, OnDisk) {
    Storage store;
    const auto identity = store->identity();
    CHECK_FALSE(identity.log_id.is_nil());
    CHECK(identity.epoch() == first_epoch);
    fill(*store, 2);
    store.reopen();
    CHECK(store->identity() == identity);
}

TEST_CASE("two logs have different ids, unless the caller gives one") {
    CHECK(MemoryLog{}.identity() != MemoryLog{}.identity());
    const TemporaryDirectory directory;
    const auto log = RocksLog::open(directory.path() / "log", RocksLog::Mode::create, {.log_id = command(7)}).value();
    CHECK(log->identity().log_id == command(7));
}

TEST_CASE("the identity is there for a reader, and another id at a later open changes nothing") {
    OnDisk store;
    const auto identity = store->identity();
    store.shut();
    CHECK(RocksLog::open(store.path(), RocksLog::Mode::read_only).value()->identity() == identity);
    CHECK(RocksLog::open(store.path(), RocksLog::Mode::existing, {.log_id = command(7)}).value()->identity() ==
          identity);
}

TEST_CASE("each new epoch is a larger one, and two of them different ones") {
    LogIdentity log{.log_id = command(1)};
    auto one = log;
    auto two = log;
    one.begin_epoch(Position{5}, 77);
    two.begin_epoch(Position{5}, 78);
    CHECK(one.epoch() > first_epoch);
    CHECK(one.epoch() != two.epoch());
    CHECK(one.began() == Position{5});
    auto third = one;
    third.begin_epoch(Position{9}, 0);
    CHECK(third.epoch() > one.epoch());
    CHECK(third.epoch() > two.epoch());

    CHECK(third.epoch_of(Position{5}) == first_epoch);
    CHECK(third.epoch_of(Position{6}) == one.epoch());
    CHECK(third.epoch_of(Position{9}) == one.epoch());
    CHECK(third.epoch_of(Position{10}) == third.epoch());
}

TEST_CASE("an earlier epoch says up to where it and the present one have the same events, a stranger says nothing") {
    LogIdentity log{.log_id = command(1)};
    auto other = log;
    log.begin_epoch(Position{50}, 1);
    const auto second = log.epoch();
    log.begin_epoch(Position{80}, 2);
    CHECK(log.left(first_epoch) == Position{50});
    CHECK(log.left(second) == Position{80});
    CHECK(log.left(log.epoch()) == std::nullopt);
    other.begin_epoch(Position{20}, 3);
    CHECK(log.left(other.epoch()) == std::nullopt);
    log.begin_epoch(Position{30}, 4);
    CHECK(log.left(first_epoch) == Position{30});
    CHECK(log.left(second) == std::nullopt);
}

TEST_CASE("an epoch of which a copy has no event is not among the copy's") {
    LogIdentity log{.log_id = command(1)};
    log.begin_epoch(Position{5}, 1);
    const auto second = log.epoch();
    log.begin_epoch(Position{5}, 2);
    CHECK(log.epochs.size() == 2);
    CHECK(log.epoch() > second);
    log.begin_epoch(Position{3}, 3);
    CHECK(log.epochs.size() == 2);
    CHECK(log.epoch_of(Position{4}) == log.epoch());
    log.begin_epoch(Position{0}, 3);
    CHECK(log.epoch_of(Position{1}) == log.epoch());
}

TEST_CASE("an identity as a header field comes back as it was") {
    LogIdentity log{.log_id = command(3)};
    for (int i = 0; i < 2; ++i) {
        const auto named = parse_named_log(header_text(log));
        REQUIRE(named);
        CHECK(named->log_id == log.log_id);
        CHECK(named->epoch == log.epoch());
        log.begin_epoch(Position{1}, 999'999'999);
    }
    const auto id = command(3).text();
    CHECK(parse_named_log(id)->log_id == command(3));
    CHECK_FALSE(parse_named_log(id)->epoch);
    CHECK(parse_named_log(id + "; epoch=4")->epoch == Epoch{4});
    for (const auto& malformed : {std::string{}, std::string{"log"}, id + ";", id + ";epoch=", id + ";epoch=x",
                                  id + ";age=1", id + ",epoch=1", '"' + id, id + ";epoch=1;epoch=2"}) {
        CAPTURE(malformed);
        CHECK_FALSE(parse_named_log(malformed));
    }
}

TEST_CASE("two copies of one backup begin different epochs of the same log") {
    OnDisk store;
    fill(*store, 3);
    const auto identity = store->identity();
    const TemporaryDirectory backups;
    const auto backup = back_up(dynamic_cast<const RocksLog&>(store->storage()), backups.path());
    REQUIRE(backup);
    CHECK(backup->log == identity);
    CHECK(list_backups(backups.path())->good.front().log == identity);

    std::vector<LogIdentity> copies;
    for (int i = 0; i < 2; ++i) {
        const TemporaryDirectory directory;
        REQUIRE(restore_backup(backups.path(), {}, directory.path() / "log"));
        const auto log = RocksLog::open(directory.path() / "log", RocksLog::Mode::existing).value();
        CHECK(log->identity() == identity);
        REQUIRE(begin_epoch(*log, log->identity()));
        copies.push_back(log->identity());
    }
    CHECK(copies[0].log_id == identity.log_id);
    CHECK(copies[1].log_id == identity.log_id);
    CHECK(copies[0].epoch() != copies[1].epoch());
    CHECK(copies[0].epoch() > identity.epoch());
    CHECK(copies[0].began() == Position{3});
}

TEST_CASE("the log of an older program gets an identity at its first open for writing, for good") {
    OnDisk store;
    fill(*store, 2);
    store.shut();
    without(store.path(), {keys::identity, keys::identity_copy});
    CHECK(RocksLog::open(store.path(), RocksLog::Mode::read_only).value()->identity().log_id.is_nil());
    const auto given = RocksLog::open(store.path(), RocksLog::Mode::existing).value()->identity();
    CHECK_FALSE(given.log_id.is_nil());
    CHECK(given.epoch() == first_epoch);
    CHECK(RocksLog::open(store.path(), RocksLog::Mode::read_only).value()->identity() == given);
}

TEST_CASE("an identity of which one copy is gone is found by verification, kept, and repaired at the next start") {
    for (const auto gone : {keys::identity, keys::identity_copy}) {
        OnDisk store;
        fill(*store, 2);
        const auto identity = store->identity();
        store.shut();
        without(store.path(), {gone});
        const auto report = verify_log_directory(store.path());
        REQUIRE(report.problems.size() == 1);
        CHECK(report.problems.front().what == "one copy of the log's identity is missing or damaged");
        CHECK(RocksLog::open(store.path(), RocksLog::Mode::existing).value()->identity() == identity);
        CHECK(verify_log_directory(store.path()).ok());
    }
}

}  // namespace sillok
