// Checks of backups, and what a backup does about damage to those before it.
#include "eventstore/transfer/backup_check.hpp"
#include "eventstore/base/directory_lock.hpp"
#include "eventstore/base/room.hpp"
#include "eventstore/proof/verify.hpp"
#include "eventstore/transfer/kept_files.hpp"
#include "tests/eventstore/stores.hpp"
#include "tests/eventstore/transfer/backups.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace sillok {

namespace {

namespace fs = std::filesystem;

BackupCheck checked(const fs::path& from, const BackupCheckOptions& options = {}) {
    auto check = check_backups(from, options);
    REQUIRE_MESSAGE(check, check.error());
    return *std::move(check);
}

std::string name_below(const fs::path& file, const fs::path& directory) {
    return file.lexically_relative(directory).generic_string();
}

// Two backups of one log, the second with tables of its own.
struct TwoBackups {
    TwoBackups() {
        grow(*store, 40);
        first = backed_up(*store, path());
        grow(*store, 40);
        second = backed_up(*store, path());
    }
    [[nodiscard]] fs::path path() const { return backups.path() / "b"; }
    [[nodiscard]] bool restores(std::uint32_t number) const {
        const TemporaryDirectory to;
        if (!restore_backup(path(), BackupNumber{number}, to.path() / "log")) return false;
        REQUIRE(RocksLog::open(to.path() / "log", RocksLog::Mode::existing));
        return verify_log_directory(to.path() / "log").ok();
    }

    OnDisk store;
    TemporaryDirectory backups;
    Backup first;
    Backup second;
};

}  // namespace

TEST_CASE("a check of whole backups finds nothing, and says what it has read") {
    const TwoBackups two;
    const auto glance = checked(two.path());
    CHECK(glance.ok());
    CHECK(glance.checked == std::vector{BackupNumber{1}, BackupNumber{2}});
    CHECK(glance.bytes_read < glance.bytes);
    CHECK(glance.files_read < glance.files);
    const auto whole = checked(two.path(), {.share = 1});
    CHECK(whole.ok());
    CHECK(whole.bytes_read == whole.bytes);
    CHECK(whole.files_read == whole.files);
    CHECK(whole.bytes == glance.bytes);
    CHECK(whole.bytes == two.first.bytes + two.second.bytes_copied);
    const auto second = checked(two.path(), {.only = BackupNumber{2}, .share = 1});
    CHECK(second.checked == std::vector{BackupNumber{2}});
    CHECK(second.bytes == two.second.bytes);
    CHECK(check_backups(two.path(), {.only = BackupNumber{3}}).error() == two.path().string() + " holds no backup 3");
}

TEST_CASE("a check keeps a writer out, and one that does without the lock can look meanwhile") {
    const TwoBackups two;
    const auto writer = DirectoryLock::take(two.path(), DirectoryLock::Purpose::write);
    REQUIRE(writer);
    CHECK(check_backups(two.path()).error().find("is in use by another process") != std::string::npos);
    CHECK(checked(two.path(), {.beside_a_writer = true}).ok());
}

TEST_CASE("a changed byte in any file of a backup is found when all is read, and the backups that have it are named") {
    const TwoBackups two;
    for (const auto& file : files_in(two.path())) {
        const auto name = name_below(file, two.path());
        if (name == "LOCK" || name == "OWNER" || name.starts_with("meta/")) continue;
        INFO(name);
        flip_in_the_middle(file);
        const auto check = checked(two.path(), {.share = 1});
        REQUIRE(check.damages.size() == 1);
        CHECK(check.damages.front().file == name);
        CHECK(check.damages.front().what == "is not what was written: its checksum is another one");
        CHECK(check.is_damaged(BackupNumber{1}) != two.restores(1));
        CHECK(check.is_damaged(BackupNumber{2}) != two.restores(2));
        // What belongs to one backup alone is read in any case; of a table only the size is compared.
        CHECK(checked(two.path()).ok() == name.starts_with("shared"));
        flip_in_the_middle(file);
    }
    CHECK(checked(two.path(), {.share = 1}).ok());
}

TEST_CASE("a table that is missing or has another length is found at a glance") {
    const TwoBackups two;
    const auto table = tables_in(two.path()).front();
    const auto bytes = fs::file_size(table);
    fs::resize_file(table, bytes - 1);
    auto check = checked(two.path());
    REQUIRE(check.damages.size() == 1);
    CHECK(check.damages.front().numbers == std::vector{BackupNumber{1}, BackupNumber{2}});
    CHECK(check.damages.front().what ==
          "has " + std::to_string(bytes - 1) + " bytes instead of " + std::to_string(bytes));
    fs::remove(table);
    check = checked(two.path());
    REQUIRE(check.damages.size() == 1);
    CHECK(check.damages.front().what == "is missing");
}

TEST_CASE("notes that cannot be read are damage of their backup") {
    const TwoBackups two;
    const auto notes = two.path() / "meta" / "1";
    for (const std::uintmax_t length : {0, 5, 30, 200}) {
        const auto whole = fs::file_size(notes);
        if (length >= whole) continue;
        fs::copy_file(notes, two.backups.path() / "aside", fs::copy_options::overwrite_existing);
        fs::resize_file(notes, length);
        const auto check = checked(two.path());
        CHECK(check.is_damaged(BackupNumber{1}));
        CHECK_FALSE(check.is_damaged(BackupNumber{2}));
        fs::copy_file(two.backups.path() / "aside", notes, fs::copy_options::overwrite_existing);
    }
    CHECK(checked(two.path()).ok());
}

TEST_CASE("a sample reads about its share, the same one for the same seed, and others for others") {
    OnDisk store;
    const TemporaryDirectory backups;
    for (int i = 0; i < 12; ++i) {
        grow(*store, 10);
        backed_up(*store, backups.path());
    }
    const auto all = checked(backups.path(), {.share = 1});
    std::set<std::uint64_t> read;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto sample = checked(backups.path(), {.share = 0.3, .seed = seed});
        CHECK(sample.bytes_read < all.bytes_read);
        CHECK(sample.bytes_read >= all.bytes_read * 3 / 10);
        CHECK(checked(backups.path(), {.share = 0.3, .seed = seed}).bytes_read == sample.bytes_read);
        read.insert(sample.bytes_read);
    }
    CHECK(read.size() > 1);
}

TEST_CASE("a backup replaces what it shares and what is damaged, so that it can be restored") {
    TwoBackups two;
    std::mt19937_64 random{17};
    std::uint32_t replaced = 0;
    for (std::uint32_t number = 3; number < 15; ++number) {
        INFO("backup " << number);
        const auto tables = tables_in(two.path());
        const auto table = tables[random() % tables.size()];
        switch (random() % 3) {
            case 0: flip_in_the_middle(table); break;
            case 1: fs::resize_file(table, fs::file_size(table) / 2); break;
            default: fs::remove(table);
        }
        grow(*two.store, 1);
        const auto backup = back_up(rocks_log(*two.store), two.path());
        REQUIRE_MESSAGE(backup, backup.error().what);
        CHECK(backup->number == BackupNumber{number});
        CHECK(two.restores(number));
        CHECK(checked(two.path(), {.only = BackupNumber{number}, .share = 1}).ok());
        // A table that was merged meanwhile is in the log no more.
        replaced += backup->replaced;
        if (backup->replaced == 1) CHECK(checked(two.path(), {.share = 1}).ok());
        if (backup->replaced == 0) break;
    }
    CHECK(replaced > 3);
}

TEST_CASE("a table that is damaged in the log itself replaces nothing") {
    TwoBackups two;
    const auto table = tables_in(two.path()).front();
    flip_in_the_middle(table);
    for (const auto& live : rocks_log(*two.store).table_files()) flip_in_the_middle(live.path);
    const auto backup = back_up(rocks_log(*two.store), two.path());
    REQUIRE_FALSE(backup);
    CHECK(backup.error().what.find("is damaged and cannot be replaced: ") != std::string::npos);
    CHECK(backup.error().what.find('\n') == std::string::npos);
    for (const auto& live : rocks_log(*two.store).table_files()) flip_in_the_middle(live.path);
    flip_in_the_middle(table);
    CHECK(checked(two.path(), {.share = 1}).ok());
}

TEST_CASE("a backup that fails deletes nothing of a damaged one") {
    TwoBackups two;
    const auto lost = two.path() / "private" / "1" / "CURRENT";
    fs::rename(lost, two.backups.path() / "aside");
    const auto kept = backups::files_of_damaged(two.path());
    CHECK(kept.contains("private/1"));
    const auto before = files_in(two.path());
    std::stop_source stopped;
    stopped.request_stop();
    REQUIRE_FALSE(back_up(rocks_log(*two.store), two.path(), {.stop = stopped.get_token()}));
    CHECK(files_in(two.path()) == before);
    fs::rename(two.backups.path() / "aside", lost);
    CHECK(checked(two.path(), {.share = 1}).ok());
    CHECK(two.restores(1));
}

TEST_CASE("a backup that fails leaves no new directory behind") {
    OnDisk store;
    grow(*store, 3);
    const TemporaryDirectory directory;
    std::stop_source stopped;
    stopped.request_stop();
    REQUIRE_FALSE(back_up(rocks_log(*store), directory.path() / "a" / "b", {.stop = stopped.get_token()}));
    CHECK_FALSE(fs::exists(directory.path() / "a"));
    fs::create_directories(directory.path() / "empty");
    REQUIRE_FALSE(back_up(rocks_log(*store), directory.path() / "empty", {.stop = stopped.get_token()}));
    CHECK(fs::is_empty(directory.path() / "empty"));
}

TEST_CASE("what does not fit is refused with what is needed and what is free") {
    const TemporaryDirectory directory;
    CHECK_FALSE(lack_of_room(directory.path() / "not" / "there", 1));
    const auto lack = lack_of_room(directory.path() / "new", UINT64_MAX);
    REQUIRE(lack);
    CHECK(lack->starts_with("there is no room in " + (directory.path() / "new").string() +
                            ": 18446744073709551615 bytes are needed, "));
    CHECK(lack->ends_with(" are free"));
}

TEST_CASE("a rate limits how fast a backup is made, and does not change it") {
    OnDisk store;
    const TemporaryDirectory backups;
    grow(*store, 20, std::string(10'000, 'x'));
    std::uint64_t calls = 0;
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(back_up(rocks_log(*store), backups.path(), {.bytes_per_second = 10'000'000}));
    grow(*store, 1);
    const auto again =
        back_up(rocks_log(*store), backups.path(),
                {.bytes_per_second = 100'000, .progress = [&](std::uint64_t, std::uint64_t) { ++calls; }});
    REQUIRE(again);
    CHECK(calls > 0);
    const auto bytes_shared = again->bytes - again->bytes_copied;
    CHECK(std::chrono::steady_clock::now() - begin >
          std::chrono::milliseconds{static_cast<std::int64_t>(bytes_shared / 100) - 150});
    CHECK(checked(backups.path(), {.share = 1}).ok());
}

}  // namespace sillok
