// The rule of retention, by itself and over directories.
#include "eventstore/transfer/backup_prune.hpp"
#include "eventstore/base/directory_lock.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventstore/transfer/backups.hpp"

#include <doctest/doctest.h>

#include <random>

namespace sillok {

namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<std::uint32_t>;

// A backup that was made at this time, up to this position, in this epoch of the test's log.
Backup backup_at(std::uint32_t number, std::string_view time, std::uint64_t position,
                 std::vector<LogIdentity::Begin> epochs = {{.epoch = first_epoch, .after = {}}}) {
    Uuid log;
    log.bytes.back() = 7;
    return {.number = BackupNumber{number},
            .time = *parse_rfc3339(time),
            .head = {.position = Position{position}},
            .log = {.log_id = log, .epochs = std::move(epochs)}};
}

Numbers kept_of(const RetentionRule& rule, const std::vector<Backup>& backups) {
    Numbers kept;
    for (const auto& one : retained_by(rule, backups))
        if (one.kept) kept.push_back(one.number.value);
    return kept;
}

std::vector<Backup> kept_backups(const RetentionRule& rule, const std::vector<Backup>& backups) {
    std::vector<Backup> kept;
    const auto verdicts = retained_by(rule, backups);
    for (std::size_t i = 0; i < backups.size(); ++i)
        if (verdicts[i].kept) kept.push_back(backups[i]);
    return kept;
}

// Backups at random times that mostly, but not always, go forward, at positions that grow.
std::vector<Backup> random_backups(std::mt19937_64& random) {
    std::vector<Backup> backups;
    std::int64_t time = 1'700'000'000'000;
    std::uint64_t position = 0;
    const auto count = random() % 60;
    for (std::uint32_t number = 1; number <= count; ++number) {
        time += static_cast<std::int64_t>(random() % 200'000) * 1'000 - 5'000'000;
        position += random() % 10;
        auto backup = backup_at(number, "2026-01-01T00:00:00Z", position);
        backup.time = Timestamp{time};
        if (random() % 10 == 0) backup.log.log_id = Uuid{};
        backups.push_back(std::move(backup));
    }
    return backups;
}

}  // namespace

TEST_CASE("a rule keeps the newest backup of each day, week and month that it counts") {
    const std::vector<Backup> backups{
        backup_at(1, "2026-09-30T23:59:59Z", 1), backup_at(2, "2026-10-01T00:00:00Z", 2),
        backup_at(3, "2026-10-31T12:00:00Z", 3), backup_at(4, "2026-11-22T12:00:00Z", 4),  // a Sunday
        backup_at(5, "2026-11-23T00:00:00Z", 5),                                           // a Monday
        backup_at(6, "2026-11-25T01:00:00Z", 6), backup_at(7, "2026-11-25T23:00:00Z", 7),
        backup_at(8, "2026-11-27T06:00:00Z", 8), backup_at(9, "2026-11-27T07:00:00Z", 9)};
    CHECK(kept_of({}, backups) == Numbers{9});
    CHECK(kept_of({.last = 3}, backups) == Numbers{7, 8, 9});
    CHECK(kept_of({.daily = 3}, backups) == Numbers{5, 7, 9});  // days without a backup do not count
    CHECK(kept_of({.weekly = 2}, backups) == Numbers{4, 9});
    CHECK(kept_of({.monthly = 2}, backups) == Numbers{3, 9});
    CHECK(kept_of({.monthly = 100}, backups) == Numbers{1, 3, 9});
    CHECK(kept_of({.daily = 2, .weekly = 3, .monthly = 3}, backups) == Numbers{1, 3, 4, 7, 9});
    const auto why = retained_by({.daily = 2, .weekly = 2, .monthly = 1}, backups);
    CHECK(why[8].why == std::vector<std::string>{"newest", "day 2026-11-27", "week of 2026-11-23", "month 2026-11"});
    CHECK(why[6].why == std::vector<std::string>{"day 2026-11-25"});
    CHECK(why[3].why == std::vector<std::string>{"week of 2026-11-16"});
    CHECK(why[7].why.empty());
    CHECK(retained_by({.last = 1}, {}).empty());
}

TEST_CASE("a backup with events that the newest may lack is kept by any rule") {
    // Epoch 2 began after position 20.
    const std::vector<LogIdentity::Begin> later{{.epoch = first_epoch, .after = {}},
                                                {.epoch = Epoch{2'000'000'001}, .after = Position{20}}};
    auto nameless = backup_at(2, "2026-11-02T00:00:00Z", 5);
    nameless.log.log_id = {};
    auto foreign = backup_at(3, "2026-11-03T00:00:00Z", 5);
    foreign.log.log_id.bytes.front() = 1;
    const std::vector<Backup> backups{backup_at(1, "2026-11-01T00:00:00Z", 0),
                                      nameless,
                                      foreign,
                                      backup_at(4, "2026-11-04T00:00:00Z", 20),
                                      backup_at(5, "2026-11-05T00:00:00Z", 21),
                                      backup_at(6, "2026-11-06T00:00:00Z", 99, later),
                                      backup_at(7, "2026-11-07T00:00:00Z", 50, later)};
    CHECK(kept_of({.last = 1}, backups) == Numbers{2, 3, 5, 6, 7});
    CHECK(retained_by({}, backups)[4].why == std::vector<std::string>{"may have events that the newest lacks"});
}

TEST_CASE("by any rule and of any backups, the newest stays, and so does every event") {
    std::mt19937_64 random{20261127};
    for (int run = 0; run < 2'000; ++run) {
        const auto backups = random_backups(random);
        const auto number = [&] { return static_cast<std::uint32_t>(random() % 12); };
        const RetentionRule rule{.last = number(), .daily = number(), .weekly = number(), .monthly = number()};
        const auto verdicts = retained_by(rule, backups);
        REQUIRE(verdicts.size() == backups.size());
        if (backups.empty()) continue;
        CHECK(verdicts.back().kept);
        const auto kept = kept_backups(rule, backups);
        std::size_t without_a_rule = 0;
        for (std::size_t i = 0; i < backups.size(); ++i) {
            CHECK(verdicts[i].kept != verdicts[i].why.empty());
            if (!verdicts[i].kept) CHECK(has_all_of(backups.back(), backups[i]));
            if (!has_all_of(backups.back(), backups[i])) ++without_a_rule;
        }
        CHECK(kept.size() >= std::min<std::size_t>(backups.size(), rule.last));
        CHECK(kept.size() <= 1 + without_a_rule + rule.last + rule.daily + rule.weekly + rule.monthly);
        // Again it removes nothing; a rule that keeps more keeps all of this.
        CHECK(kept_backups(rule, kept).size() == kept.size());
        auto wider = rule;
        ++wider.daily;
        ++wider.last;
        const auto more = kept_of(wider, backups);
        const auto less = kept_of(rule, backups);
        CHECK(std::ranges::includes(more, less));
    }
}

TEST_CASE("backups are removed by the rule, and those that stay can be restored") {
    OnDisk store;
    const TemporaryDirectory backups;
    for (int i = 0; i < 6; ++i) {
        grow(*store, 3);
        backed_up(*store, backups.path());
    }
    const auto before = files_in(backups.path());
    const auto rehearsed = prune_backups(backups.path(), {.rule = {.last = 2}, .is_rehearsal = true});
    REQUIRE_MESSAGE(rehearsed, rehearsed.error());
    CHECK(files_in(backups.path()) == before);
    const auto pruned = prune_backups(backups.path(), {.rule = {.last = 2}});
    REQUIRE_MESSAGE(pruned, pruned.error());
    CHECK(pruned->bytes_freed == rehearsed->bytes_freed);
    CHECK(pruned->bytes_freed > 0);
    Numbers removed;
    for (const auto& one : pruned->backups)
        if (!one.kept) removed.push_back(one.backup.number.value);
    CHECK(removed == Numbers{1, 2, 3, 4});
    const auto check = check_backups(backups.path(), {.share = 1});
    REQUIRE(check);
    CHECK(check->ok());
    CHECK(check->checked == std::vector{BackupNumber{5}, BackupNumber{6}});
    CHECK(prune_backups(backups.path(), {.rule = {.last = 2}})->bytes_freed == 0);
}

TEST_CASE("nothing is removed while the newest backup is damaged, and nothing of a damaged one unless it is to go") {
    OnDisk store;
    const TemporaryDirectory backups;
    for (int i = 0; i < 4; ++i) {
        grow(*store, 3);
        backed_up(*store, backups.path());
    }
    const auto lost = backups.path() / "private" / "4" / "CURRENT";
    fs::rename(lost, backups.path() / "aside");
    const auto refused = prune_backups(backups.path(), {.rule = {.last = 1}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == "backup 4 in " + backups.path().string() +
                                 ", the newest, is damaged: nothing is removed before there is another one after it");
    grow(*store, 3);
    backed_up(*store, backups.path());
    const auto pruned = prune_backups(backups.path(), {.rule = {.last = 1}});
    REQUIRE_MESSAGE(pruned, pruned.error());
    CHECK(pruned->damaged == std::vector{BackupNumber{4}});
    fs::rename(backups.path() / "aside", lost);
    auto check = check_backups(backups.path(), {.share = 1});
    CHECK(check->ok());
    CHECK(check->checked == std::vector{BackupNumber{4}, BackupNumber{5}});

    fs::remove(lost);
    REQUIRE(prune_backups(backups.path(), {.rule = {.last = 9}, .removes_damaged = true}));
    check = check_backups(backups.path(), {.share = 1});
    CHECK(check->ok());
    CHECK(check->checked == std::vector{BackupNumber{5}});
    CHECK_FALSE(fs::exists(backups.path() / "private" / "4"));
}

TEST_CASE("nobody removes backups while they are used") {
    OnDisk store;
    const TemporaryDirectory backups;
    grow(*store, 3);
    backed_up(*store, backups.path());
    const auto reader = DirectoryLock::take(backups.path(), DirectoryLock::Purpose::share);
    REQUIRE(reader);
    CHECK(prune_backups(backups.path(), {.rule = {.last = 1}}).error().find("is in use by another process") !=
          std::string::npos);
    CHECK(prune_backups(backups.path(), {.rule = {.last = 1}, .is_rehearsal = true}));
}

}  // namespace sillok
