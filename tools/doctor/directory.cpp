#include "tools/doctor/directory.hpp"

#include "api/data_directory.hpp"
#include "api/disk_room.hpp"
#include "api/witness_file.hpp"
#include "api/witnesses.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/proof/verified_head.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "eventstore/transfer/backup.hpp"
#include "tools/advice.hpp"
#include "tools/doctor/machine.hpp"
#include "tools/file_time.hpp"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>

#include <cstdint>
#include <exception>
#include <string>
#include <system_error>

namespace sillok {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t verified_days_most = 7;
constexpr std::int64_t backup_days_most = 1;

std::string age_in_words(std::int64_t milliseconds) {
    const auto minutes = milliseconds / 60'000;
    if (minutes < 120) return fmt::format("{} minutes", minutes);
    if (minutes < 2'880) return fmt::format("{} hours", minutes / 60);
    return fmt::format("{} days", minutes / 1'440);
}

void examine_disk(const fs::path& directory, Examination& found) {
    const auto room = disk_room(directory);
    if (!room) return found.push_back(act("disk", room.error(), "look whether the disk is mounted and works"));
    found.push_back(examine_room(*room, directory.string()));
    found.push_back(examine_files_room(*room, directory.string()));
}

Finding examine_permissions(const fs::path& data) {
    if (const auto lack = lack_of_rights(data))
        return act("permissions", *lack, "run this as the server's user, or give the directory to it (chown -R)");
    struct stat found{};
    if (stat(data.c_str(), &found) == 0 && (found.st_mode & S_IWOTH) != 0)
        return act("permissions", "everybody may write to " + data.string(), "chmod o-w " + data.string());
    if (stat(data.c_str(), &found) == 0 && (found.st_mode & (S_IROTH | S_IXOTH)) != 0)
        return note("permissions", "everybody may look into " + data.string() + ", where customers' data is",
                    "chmod o-rx " + data.string());
    return good("permissions", "only this user and its group may look into " + data.string());
}

void examine_leftovers(const fs::path& data, Examination& found) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{data, error})
        if (entry.path().extension() == ".partial")
            found.push_back(note("leftovers", entry.path().string() + " is left of an interrupted restore or import",
                                 "remove it, unless one is at work"));
}

Finding examine_verified(const fs::path& data, Position head, std::optional<Timestamp> first, Timestamp now) {
    const auto advice = "run sillok verify --data " + data.string() + " while no server has it open";
    const auto verified = read_verified_head(data / "VERIFIED");
    if (!verified) return act("verified", verified.error(), advice);
    const auto at = changed_at(data / "VERIFIED");
    if (!*verified || !at) {
        const bool is_young = !first || now.value - first->value < verified_days_most * day_ms;
        if (is_young) return note("verified", "the log was never verified", advice);
        return act("verified", "the log was never verified, and its first event is of " + rfc3339(*first), advice);
    }
    const auto what =
        fmt::format("verified {} ago, up to position {}{}", age_in_words(now.value - at->value),
                    (*verified)->position.value, head > (*verified)->position ? fmt::format(" of {}", head.value) : "");
    if (now.value - at->value > verified_days_most * day_ms) return act("verified", what, advice);
    return good("verified", what);
}

void examine_log(const DataDirectory& directory, Timestamp now, ExaminedDirectory& examined) {
    auto& found = examined.findings;
    const auto witnesses = witnesses_of(directory);
    if (const auto missing = missing_log(directory, witnesses))
        return found.push_back(act("log", missing->what, missing->refusal()));
    if (!fs::exists(directory.log())) return found.push_back(good("log", "there is no event yet"));
    auto log = RocksLog::open(directory.log(), RocksLog::Mode::read_only);
    if (!log)
        return found.push_back(
            act("log", log.error(), "keep this directory as it is, and restore a backup into another one"));
    if (const auto wrong = contradiction(directory, witnesses, **log))
        return found.push_back(act("log", wrong->what, wrong->refusal()));
    if (const auto problem = (*log)->head_problem())
        found.push_back(note("log", *problem, "the next start of a server repairs it"));
    const EventStore store{*std::move(log)};
    const auto newest = store.read_log_back(store.head(), 1);
    const auto oldest = store.read_log(Position{0}, 1);
    if (!newest.empty()) examined.last_event = newest.front().time;
    found.push_back(
        good("log", fmt::format("position {}; all that have seen the log agree with it", store.head().value)));
    const auto first = oldest.empty() ? std::nullopt : std::optional{oldest.front().time};
    found.push_back(examine_verified(directory.path(), store.head(), first, now));
}

}  // namespace

ExaminedDirectory examine_data(const fs::path& data, Timestamp now) {
    ExaminedDirectory examined;
    auto& found = examined.findings;
    examine_disk(data, found);
    std::error_code error;
    if (!fs::exists(data, error) && !error) {
        found.push_back(note("directory", "there is nothing at " + data.string() + " yet",
                             "sillok serve makes it; if it should be there, look whether its disk is mounted"));
        return examined;
    }
    found.push_back(examine_permissions(data));
    examine_leftovers(data, found);
    const auto directory = DataDirectory::open(data, DataDirectory::Mode::read_only);
    if (!directory) {
        if (code_of(directory.error()) == "in-use")
            found.push_back(note("log", directory.error(), "its server says how it is: --server URL"));
        else
            found.push_back(
                act("format", directory.error(), "choose the directory of a server, or the Sillok that wrote it"));
        return examined;
    }
    found.push_back(good("format", "this program reads and writes the format of " + data.string()));
    try {
        examine_log(*directory, now, examined);
    } catch (const std::exception& damaged) {
        found.push_back(
            act("log", damaged.what(), "keep this directory as it is, and restore a backup into another one"));
    }
    return examined;
}

Examination examine_backups(const fs::path& backups, Timestamp now) {
    Examination found;
    const auto advice = "run sillok backup, and look why it has not run";
    std::error_code error;
    if (!fs::exists(backups, error)) {
        found.push_back(act("backups", "there is no directory " + backups.string(), advice));
        return found;
    }
    const auto all = list_backups(backups);
    if (!all) {
        found.push_back(act("backups", all.error(), "choose a directory that sillok backup has written"));
        return found;
    }
    if (!all->damaged.empty())
        found.push_back(act("backups",
                            fmt::format("{} backups in {} are damaged", all->damaged.size(), backups.string()),
                            "look at that disk, and make a new backup into another directory"));
    if (all->good.empty()) {
        found.push_back(act("backups", "there is no good backup in " + backups.string(), advice));
        return found;
    }
    const auto& newest = all->good.back();
    const auto age = now.value - newest.time.value;
    const auto what = fmt::format("backup {} in {} is {} old and has position {}", newest.number.value,
                                  backups.string(), age_in_words(age), newest.head.position.value);
    found.push_back(age > backup_days_most * day_ms ? act("backups", what, advice) : good("backups", what));
    if (const auto room = disk_room(backups); room && room->is_short_of_bytes())
        found.push_back(
            act("backup-disk", examine_room(*room, backups.string()).what, "make room, or remove old backups"));
    return found;
}

}  // namespace sillok
