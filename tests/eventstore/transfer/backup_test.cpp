// Backups: complete while the log is written to, small where little is new, never mistaken for something else.
#include "eventstore/transfer/backup.hpp"
#include "eventstore/base/directory_lock.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/storage/keys.hpp"
#include "eventstore/transfer/log_copier.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventstore/transfer/backups.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <random>
#include <thread>

namespace sillok {

namespace {

namespace fs = std::filesystem;

// Restores a backup into a new directory and returns its verified log's end and root.
LogReport restored(const fs::path& from, std::optional<BackupNumber> number = std::nullopt) {
    const TemporaryDirectory directory;
    const auto backup = restore_backup(from, number, directory.path() / "log");
    REQUIRE_MESSAGE(backup, backup.error());
    {
        const auto log = RocksLog::open(directory.path() / "log", RocksLog::Mode::existing);
        REQUIRE_MESSAGE(log, log.error());
    }
    auto report = verify_log_directory(directory.path() / "log");
    CHECK(report.ok());
    CHECK(report.head >= backup->head.position);
    return report;
}

}  // namespace

TEST_CASE("a restored log is the log that was backed up") {
    OnDisk store;
    const TemporaryDirectory backups;
    grow(*store, 100);
    const auto backup = backed_up(*store, backups.path());
    CHECK(backup.number == BackupNumber{1});
    CHECK(backup.head.position == Position{300});
    const auto report = restored(backups.path());
    CHECK(report.head == Position{300});
    CHECK(report.chain_hash == backup.head.chain_hash);
    CHECK(report.root == store->tree_head().root);
}

TEST_CASE("a log without events can be backed up, too") {
    OnDisk store;
    const TemporaryDirectory backups;
    CHECK(backed_up(*store, backups.path() / "new").head.position == Position{0});
    CHECK(restored(backups.path() / "new").events == 0);
}

TEST_CASE("a second backup copies what is new, and either can be restored") {
    OnDisk store;
    const TemporaryDirectory backups;
    std::mt19937_64 random{7};
    for (int i = 0; i < 30; ++i) {
        std::string payload;
        while (payload.size() < 100'000) payload += static_cast<char>(random());  // nothing that gets smaller
        grow(*store, 1, payload);
    }
    const auto first = backed_up(*store, backups.path());
    grow(*store, 1);
    const auto second = backed_up(*store, backups.path());
    CHECK(second.number == BackupNumber{2});
    CHECK(second.bytes > first.bytes);
    CHECK(second.bytes_copied < first.bytes_copied / 10);
    const auto listed = list_backups(backups.path());
    REQUIRE(listed);
    REQUIRE(listed->good.size() == 2);
    CHECK(listed->damaged.empty());
    CHECK(listed->good[0].head == first.head);
    CHECK(listed->good[1].head.position == Position{93});
    CHECK(listed->good[0].bytes_copied == first.bytes);
    CHECK(listed->good[1].bytes_copied == second.bytes_copied);
    CHECK(restored(backups.path(), BackupNumber{1}).head == Position{90});
    CHECK(restored(backups.path()).head == Position{93});
}

TEST_CASE("backups made while the log is written to hold at least what was acknowledged when they began") {
    OnDisk store;
    const TemporaryDirectory backups;
    std::atomic<bool> enough = false;
    std::thread writer{[&] {
        for (int i = 0; !enough; ++i)
            if (!store->append_and_wait(to("w-" + std::to_string(i), NoStream{}, {"one", "two"}))) return;
    }};
    std::vector<Position> acknowledged;
    for (int i = 0; i < 5; ++i) {
        CHECK(eventually(std::chrono::seconds{20}, "the writer has got further",
                         [&] { return store->head().value >= 20u * static_cast<unsigned>(i + 1); }));
        acknowledged.push_back(store->head());
        const auto backup = back_up(rocks_log(*store), backups.path());
        CHECK(backup);
    }
    enough = true;
    writer.join();
    for (std::uint32_t number = 1; number <= acknowledged.size(); ++number) {
        const auto report = restored(backups.path(), BackupNumber{number});
        CHECK(report.head >= acknowledged[number - 1]);
        CHECK(report.head <= store->head());
        CHECK(report.root == LogTree{store->storage()}.head(TreeSize{report.events}).root);
    }
}

TEST_CASE("a log that was restored is written to and backed up into the same directory") {
    OnDisk store;
    const TemporaryDirectory backups, again;
    grow(*store, 20);
    backed_up(*store, backups.path());
    REQUIRE(restore_backup(backups.path(), std::nullopt, again.path() / "log"));
    EventStore second{RocksLog::open(again.path() / "log", RocksLog::Mode::existing).value()};
    grow(second, 20);
    CHECK(backed_up(second, backups.path()).head.position == Position{120});
    CHECK(restored(backups.path()).root == second.tree_head().root);
    CHECK(restored(backups.path(), BackupNumber{1}).head == Position{60});
}

TEST_CASE("a changed byte in any file of a backup is found before the backup is used") {
    OnDisk store;
    const TemporaryDirectory backups;
    grow(*store, 50);
    const auto backup = backed_up(*store, backups.path());
    for (const auto& file : files_in(backups.path())) {
        INFO(file.string());
        flip_in_the_middle(file);
        const TemporaryDirectory to;
        const auto result = restore_backup(backups.path(), std::nullopt, to.path() / "log");
        if (result) {
            CHECK(result->head == backup.head);
            const auto report = verify_log_directory(to.path() / "log");
            CHECK((!report.ok() || report.root == store->tree_head().root));
        } else {
            CHECK_MESSAGE(result.error().find('\n') == std::string::npos, result.error());
        }
        flip_in_the_middle(file);
    }
    for (const auto& file : files_in(backups.path() / "shared_checksum")) {
        flip_in_the_middle(file);
        const TemporaryDirectory to;
        const auto result = restore_backup(backups.path(), std::nullopt, to.path() / "log");
        REQUIRE_FALSE(result);
        CHECK_MESSAGE(result.error().starts_with("backup 1 in " + backups.path().string() + " is damaged"),
                      result.error());
        flip_in_the_middle(file);
    }
    CHECK(restored(backups.path()).head == Position{150});
}

TEST_CASE("a directory that is no backup, or no place for one, is refused and left as it is") {
    OnDisk store;
    grow(*store, 5);
    const TemporaryDirectory directory;
    const auto foreign = directory.path() / "foreign";
    fs::create_directory(foreign);
    std::ofstream{foreign / "thesis.txt"} << "years of work";
    CHECK(back_up(rocks_log(*store), foreign).error().what == foreign.string() + " holds something else than backups");
    CHECK(back_up(rocks_log(*store), foreign / "thesis.txt").error().what ==
          (foreign / "thesis.txt").string() + " holds something else than backups");
    CHECK(files_in(foreign).size() == 1);

    const auto log = directory.path() / "log";
    CHECK(restore_backup(foreign, std::nullopt, log).error() == foreign.string() + " holds no backup");
    CHECK(restore_backup(directory.path() / "missing", std::nullopt, log).error() ==
          (directory.path() / "missing").string() + " holds no backup");
    CHECK_FALSE(fs::exists(log));
    const auto backups = directory.path() / "backups";
    backed_up(*store, backups);
    CHECK(restore_backup(backups, BackupNumber{7}, log).error() ==
          backups.string() + " holds no backup 7; the newest is 1");
    CHECK(restore_backup(backups, std::nullopt, foreign).error() == foreign.string() + " is not empty");
    fs::remove(files_in(backups / "shared_checksum").front());
    const auto incomplete = restore_backup(backups, std::nullopt, log);
    REQUIRE_FALSE(incomplete);
    CHECK(incomplete.error() == "backup 1 in " + backups.string() + " is damaged");
    CHECK(list_backups(backups)->good.empty());
    CHECK(list_backups(backups)->damaged == std::vector{BackupNumber{1}});
}

TEST_CASE("the oldest backups of this log are removed after a new one, and those of others stay") {
    OnDisk store;
    const TemporaryDirectory backups;
    const auto numbers = [&] {
        std::vector<std::uint32_t> all;
        const auto listed = list_backups(backups.path());
        for (const auto& backup : listed->good) all.push_back(backup.number.value);
        return all;
    };
    using Numbers = std::vector<std::uint32_t>;
    OnDisk other;
    grow(*other, 1);
    backed_up(*other, backups.path());
    // Directories of two logs are of an older Sillok, which noted no owner. Here the other log's backup cannot be read
    // for a moment.
    fs::remove(backups.path() / "OWNER");
    const auto file = backups.path() / "private" / "1" / "CURRENT";
    fs::rename(file, backups.path() / "aside");
    grow(*store, 2);
    CHECK(backed_up(*store, backups.path()).remark ==
          "backup 1 in " + backups.path().string() + " is damaged: whether this log continues it is not known");
    fs::rename(backups.path() / "aside", file);
    for (int i = 0; i < 3; ++i) {
        grow(*store, 2);
        CHECK(backed_up(*store, backups.path()).remark.empty());
    }
    grow(*store, 2);
    auto kept = back_up(rocks_log(*store), backups.path(), {.keep = 3});
    REQUIRE_MESSAGE(kept, kept.error().what);
    CHECK(kept->removed == 2);
    CHECK(numbers() == Numbers{1, 4, 5, 6});
    for (const auto number : {4u, 5u, 6u}) restored(backups.path(), BackupNumber{number});
    kept = back_up(rocks_log(*store), backups.path(), {.keep = 100});
    CHECK(kept->removed == 0);
    kept = back_up(rocks_log(*store), backups.path(), {.keep = 1});
    CHECK(kept->removed == 4);
    CHECK(numbers() == Numbers{1, 8});
    CHECK(restored(backups.path()).head == store->head());
}

TEST_CASE("a backup that fails removes none") {
    OnDisk store;
    const TemporaryDirectory backups;
    grow(*store, 2);
    backed_up(*store, backups.path());
    backed_up(*store, backups.path());
    std::stop_source stopped;
    stopped.request_stop();
    REQUIRE_FALSE(back_up(rocks_log(*store), backups.path(), {.keep = 1, .stop = stopped.get_token()}));
    CHECK(list_backups(backups.path())->good.size() == 2);
}

TEST_CASE("a directory takes no backup of another log") {
    OnDisk store;
    OnDisk other;
    const TemporaryDirectory backups;
    grow(*store, 2);
    grow(*other, 4);
    backed_up(*store, backups.path());
    const auto refused = back_up(rocks_log(*other), backups.path(), {.keep = 1});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == BackupError::Kind::another_log);
    CHECK(refused.error().what ==
          "backup 1 in " + backups.path().string() + " is of log " + store->storage().identity().log_id.text() +
              ", epoch 1, up to position 6, but this is log " + other->storage().identity().log_id.text() +
              ", epoch 1; choose another directory for the backups of this log");
    // An empty log has nothing to compare but its id.
    OnDisk empty;
    CHECK(back_up(rocks_log(*empty), backups.path()).error().kind == BackupError::Kind::another_log);
    CHECK(list_backups(backups.path())->good.size() == 1);
}

TEST_CASE("a directory whose backups can no longer be read is still that of their log") {
    OnDisk store, other;
    const TemporaryDirectory backups;
    grow(*store, 2);
    grow(*other, 4);
    backed_up(*store, backups.path());
    std::filesystem::remove(backups.path() / "meta" / "1");
    const auto refused = back_up(rocks_log(*other), backups.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == BackupError::Kind::another_log);
    CHECK(refused.error().what == backups.path().string() + " has the backups of log " +
                                      store->storage().identity().log_id.text() + ", but this is log " +
                                      other->storage().identity().log_id.text() +
                                      ", epoch 1; choose another directory for the backups of this log");
    CHECK(backed_up(*store, backups.path()).head.position == Position{6});
    // Where the owner cannot be read, a backup says it, and the next one of this log notes the owner again.
    std::ofstream{backups.path() / "OWNER"} << "?";
    CHECK(back_up(rocks_log(*other), backups.path()).error().kind == BackupError::Kind::another_log);
    backed_up(*store, backups.path());
    CHECK(std::filesystem::file_size(backups.path() / "OWNER") > 40);
}

TEST_CASE("a directory takes no backup of a log that lacks what its newest backup has") {
    OnDisk store;
    const TemporaryDirectory backups, again;
    grow(*store, 4);
    backed_up(*store, backups.path());
    REQUIRE(restore_backup(backups.path(), std::nullopt, again.path() / "log"));
    const auto copied = RocksLog::open(again.path() / "log", RocksLog::Mode::existing);
    REQUIRE(copied);
    const auto cut = RocksLog::open(again.path() / "cut", RocksLog::Mode::create);
    REQUIRE(cut);
    REQUIRE(copy_log(**copied, **cut, Position{6}));
    REQUIRE(begin_epoch(**cut, (*copied)->identity()));
    const auto shorter = back_up(**cut, backups.path(), {.keep = 1});
    REQUIRE_FALSE(shorter);
    CHECK(shorter.error().kind == BackupError::Kind::another_log);
    CHECK(shorter.error().what.find("up to position 12, but this log ") != std::string::npos);
    CHECK(shorter.error().what.find(", ends at position 6; choose another directory") != std::string::npos);
    CHECK(list_backups(backups.path())->good.size() == 1);
}

TEST_CASE("two histories that began with the same events have no directory in common") {
    OnDisk store;
    const TemporaryDirectory backups, again;
    grow(*store, 4);
    backed_up(*store, backups.path());
    REQUIRE(restore_backup(backups.path(), std::nullopt, again.path() / "log"));
    EventStore second{RocksLog::open(again.path() / "log", RocksLog::Mode::existing).value()};
    grow(*store, 1, "this way");
    grow(second, 2, "that way");
    backed_up(*store, backups.path());
    const auto refused = back_up(rocks_log(second), backups.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.find(", has another event there; choose another directory") != std::string::npos);
    grow(*store, 1);
    CHECK(backed_up(*store, backups.path()).number == BackupNumber{3});
}

TEST_CASE("a directory of backups is used by one writer at a time, and by many that restore") {
    OnDisk store;
    const TemporaryDirectory backups, to;
    grow(*store, 2);
    backed_up(*store, backups.path());
    {
        const auto writer = DirectoryLock::take(backups.path(), DirectoryLock::Purpose::write);
        REQUIRE(writer);
        const auto in_use =
            backups.path().string() + " is in use by another process: process " + std::to_string(::getpid()) + " on ";
        const auto backup = back_up(rocks_log(*store), backups.path());
        REQUIRE_FALSE(backup);
        CHECK(backup.error().kind == BackupError::Kind::in_use);
        CHECK(backup.error().what.starts_with(in_use));
        CHECK(restore_backup(backups.path(), std::nullopt, to.path() / "log").error().starts_with(in_use));
    }
    const auto reader = DirectoryLock::take(backups.path(), DirectoryLock::Purpose::share);
    CHECK(back_up(rocks_log(*store), backups.path()).error().kind == BackupError::Kind::in_use);
    CHECK(restore_backup(backups.path(), std::nullopt, to.path() / "log"));
}

}  // namespace sillok
