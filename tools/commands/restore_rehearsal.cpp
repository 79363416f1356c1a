#include "tools/commands/restore_rehearsal.hpp"

#include "api/data_directory.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/base/room.hpp"
#include "eventstore/transfer/backup_log.hpp"
#include "eventstore/transfer/cut_preview.hpp"
#include "tools/commands/backup_json.hpp"
#include "tools/commands/subcommand.hpp"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace sillok {

namespace {

using Json = nlohmann::ordered_json;

// Everything is kept up to this.
constexpr Position no_limit{UINT64_MAX};

CutPreview preview_of(const BackupLog& backup, const std::optional<Until>& until) {
    const auto preview = preview_cut(backup.log(), until.value_or(no_limit));
    if (!preview) throw Failure("the backup cannot be restored up to there: " + preview.error());
    if (!until) return *preview;
    if (const auto* position = std::get_if<Position>(&*until); position != nullptr && *position > preview->whole_end)
        throw Failure(fmt::format("the backup ends at position {}", preview->whole_end.value));
    if (std::holds_alternative<Timestamp>(*until) && preview->end == Position{0} && preview->whole_end > Position{0})
        throw Failure("no event of the backup is as old as --until says: nothing would be restored");
    return *preview;
}

void check_target(const Rehearsal& rehearsal, const Backup& backup) {
    if (rehearsal.to.empty()) return;
    if (!DataDirectory::can_be_made(rehearsal.to)) throw Failure(rehearsal.to.string() + " is not an empty directory");
    if (auto lack = lack_of_room(rehearsal.to, backup.bytes * (rehearsal.until ? 2 : 1) + bytes_to_spare))
        throw Failure(*lack);
}

void print_json(const Backup& backup, const CutPreview& cut) {
    auto json = json_of(backup);
    json.erase("bytesCopied");  // of the list alone
    json["end"] = cut.end.value;
    if (cut.end_time) json["endTime"] = rfc3339(*cut.end_time);
    json["wholeEnd"] = cut.whole_end.value;
    json["eventsLeftOut"] = cut.events_left_out;
    json["streamsShortened"] = cut.streams_shortened;
    json["streamsLeftOut"] = cut.streams_left_out;
    if (cut.torn) json["commitCut"] = Json{{"first", cut.torn->first.value}, {"last", cut.torn->last.value}};
    json["dryRun"] = true;
    fmt::print("{}\n", json.dump());
}

void tell(const Backup& backup, const CutPreview& cut) {
    fmt::print("would restore backup {} of {}: the log up to position {}{}\n", backup.number.value,
               rfc3339(backup.time), cut.end.value, cut.end_time ? ", of " + rfc3339(*cut.end_time) : "");
    if (cut.torn)
        fmt::print("the commit of positions {} to {} goes beyond the limit and is left out whole\n",
                   cut.torn->first.value, cut.torn->last.value);
    if (cut.events_left_out == 0)
        fmt::print("nothing is cut away\n");
    else
        fmt::print("cut away: {} events, positions {} to {}; {} streams get shorter, {} streams are gone\n",
                   cut.events_left_out, next(cut.end).value, cut.whole_end.value, cut.streams_shortened,
                   cut.streams_left_out);
    fmt::print("the files were not compared with their checksums: sillok backup verify --read-all does that\n");
}

}  // namespace

void print_rehearsal(const Rehearsal& rehearsal) {
    const auto opened = BackupLog::open(rehearsal.from, rehearsal.number);
    if (!opened) throw Failure(opened.error());
    check_target(rehearsal, opened->backup());
    const auto cut = preview_of(*opened, rehearsal.until);
    if (rehearsal.as_json)
        print_json(opened->backup(), cut);
    else
        tell(opened->backup(), cut);
}

}  // namespace sillok
