#include "api/disk_room.hpp"
#include "tools/status/status.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace sillok {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t parked_named_max = 5;

std::string text_in(const Json& json, const char* name) {
    const auto found = json.find(name);  // the end, where it is no object
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}
std::uint64_t number_in(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number() ? found->get<std::uint64_t>() : 0;
}

const Json& part_of(const Json& status, const char* name) {
    static const Json nothing;
    const auto found = status.find(name);
    return found == status.end() ? nothing : *found;
}

// Where a command finds what the status is of.
std::string source_of(const Json& status) {
    const auto server = text_in(status, "server");
    return server.empty() ? "--data " + text_in(status, "directory") : "--server " + server;
}

void look_at_log(const Json& status, std::vector<std::string>& found) {
    const auto& log = part_of(status, "log");
    if (!log.is_object() || log.value("accepting", true)) return;
    const auto why = text_in(log, "failure");
    found.push_back("the log has stopped" + (why.empty() ? "" : ": " + why) +
                    "; nothing is accepted: make room or repair the disk, then restart the server");
}

void look_at_read_models(const Json& status, std::vector<std::string>& found) {
    const bool all_paused = std::ranges::any_of(part_of(status, "components"), [](const Json& one) {
        return one.at("name") == "projections" && one.at("paused") == true;
    });
    for (const auto& model : part_of(status, "readModels")) {
        const auto name = text_in(model, "name");
        if (!model.value("running", true) && !all_paused) {
            const auto why = text_in(model, "failure");
            found.push_back("read model " + name + " has stopped" + (why.empty() ? "" : ": " + why) +
                            "; restart the server, or build it again with sillok replay");
        }
        if (const auto keys = number_in(model, "parkedKeys"); keys > 0)
            found.push_back(
                fmt::format("read model {} has {} rows behind events that cannot be read; see "
                            "docs/operations.md, Events that cannot be read",
                            name, keys));
    }
}

void look_at_sagas(const Json& status, std::vector<std::string>& found) {
    const auto& sagas = part_of(status, "sagas");
    if (sagas.is_object() && !sagas.value("running", true) && !sagas.value("paused", false))
        found.push_back("the sagas have stopped: see the server's log, then restart it");
    const auto& parked = part_of(status, "parked");
    const auto count = std::max<std::uint64_t>(parked.is_array() ? parked.size() : 0, number_in(sagas, "parked"));
    if (count == 0) return;
    std::string names;
    std::size_t named = 0;
    for (const auto& saga : parked) {
        if (named++ == parked_named_max) break;
        names += (names.empty() ? ": " : ", ") + text_in(saga, "saga") + " at " + text_in(saga, "step") + " (" +
                 text_in(saga, "reason") + ")";
    }
    if (named > 0 && count > named) names += ", ...";
    found.push_back(fmt::format("{} parked{}; see sillok saga list --state parked, and sillok saga --help",
                                count == 1 ? "1 saga is" : fmt::format("{} sagas are", count), names));
}

void look_at_switches(const Json& status, std::vector<std::string>& found) {
    for (const auto& component : part_of(status, "components"))
        if (component.at("paused") == true)
            found.push_back(fmt::format("{} {} paused: sillok part resume {} {}", text_in(component, "name"),
                                        text_in(component, "name").ends_with('s') ? "are" : "is",
                                        text_in(component, "name"), source_of(status)));
    for (const auto& breaker : part_of(status, "breakers"))
        if (breaker.at("mode") != "auto")
            found.push_back(fmt::format("breaker {} is held {} by hand: sillok breaker auto {} {}",
                                        text_in(breaker, "name"), breaker.at("mode") == "open" ? "open" : "closed",
                                        text_in(breaker, "name"), source_of(status)));
}

void look_at_disk(const Json& status, std::vector<std::string>& found) {
    const auto& disk = part_of(status, "disk");
    if (!disk.is_object()) return;
    const DiskRoom room{.free_bytes = number_in(disk, "freeBytes"), .total_bytes = number_in(disk, "totalBytes")};
    if (disk.value("low", false))
        found.push_back("the disk is nearly full: " + readable_bytes(room.free_bytes) + " of " +
                        readable_bytes(room.total_bytes) + " are free; new orders are refused: make room");
    else if (room.is_short_of_bytes())
        found.push_back("only " + readable_bytes(room.free_bytes) + " of " + readable_bytes(room.total_bytes) +
                        " are free on the disk: make room");
}

void look_at_upkeep(const Json& status, std::vector<std::string>& found) {
    const auto& backups = part_of(status, "backups");
    if (text_in(backups, "result") == "failed" && backups.contains("failed"))
        found.push_back("the last backup failed: " + text_in(backups.at("failed"), "reason") +
                        "; mend that, and make one with sillok backup " + source_of(status));
    const auto& scrub = part_of(status, "scrub");
    if (!scrub.is_object() || !scrub.contains("damages") || scrub.at("damages").empty()) return;
    found.push_back("the scrub has found damage in the log, first: " + text_in(scrub.at("damages").front(), "what") +
                    "; see docs/operations.md, The scrub");
}

std::string row(std::string_view name, const std::string& what) { return fmt::format("{:<12} {}\n", name, what); }

std::string log_rows(const Json& status) {
    const auto& log = part_of(status, "log");
    if (!log.is_object()) return "";
    auto text = fmt::format("position {}", number_in(log, "head"));
    if (log.contains("accepting")) text += log.at("accepting") == true ? ", accepts events" : ", has stopped";
    if (const auto time = text_in(log, "lastTime"); !time.empty()) text += ", last event " + time;
    auto rows = row("log", text);
    rows += row("", fmt::format("log id {}, epoch {}", text_in(log, "logId"), number_in(log, "epoch")));
    if (const auto& rates = part_of(status, "rates"); rates.is_object())
        rows += row("events", fmt::format("{} in the last minute, {} in the last hour", number_in(rates, "lastMinute"),
                                          number_in(rates, "lastHour")));
    return rows;
}

std::string read_model_rows(const Json& status) {
    std::string rows;
    for (const auto& model : part_of(status, "readModels"))
        rows += row(rows.empty() ? "read models" : "",
                    fmt::format("{:<16} position {}, {} behind{}", text_in(model, "name"), number_in(model, "position"),
                                number_in(model, "lagEvents"), model.value("running", true) ? "" : ", does not run"));
    return rows;
}

std::string saga_rows(const Json& status) {
    const auto& sagas = part_of(status, "sagas");
    const auto& parked = part_of(status, "parked");
    if (!sagas.is_object()) return parked.is_array() ? row("sagas", fmt::format("{} parked", parked.size())) : "";
    return row("sagas", fmt::format("{} open, {} with a command under way, {} parked{}", number_in(sagas, "live"),
                                    number_in(sagas, "outstanding"), number_in(sagas, "parked"),
                                    sagas.value("paused", false) ? "; paused" : ""));
}

std::string other_rows(const Json& status) {
    std::string rows;
    for (const auto& breaker : part_of(status, "breakers"))
        rows += row("breaker", fmt::format("{}: {}, {}", text_in(breaker, "name"), text_in(breaker, "state"),
                                           breaker.at("mode") == "auto" ? "by itself" : "by hand"));
    if (const auto& backups = part_of(status, "backups"); backups.is_object() && backups.contains("made"))
        rows += row("backup", fmt::format("{} of {}, up to position {}", number_in(backups.at("made"), "backup"),
                                          text_in(backups.at("made"), "time"), number_in(backups.at("made"), "head")));
    if (const auto stop = text_in(status, "stop"); !stop.empty()) rows += row("last stop", stop);
    if (const auto& verified = part_of(status, "verified"); verified.is_object())
        rows += row("verified", fmt::format("up to position {}, at {}", number_in(verified, "position"),
                                            text_in(verified, "time")));
    else if (status.contains("verified"))
        rows += row("verified", "never");
    if (const auto& disk = part_of(status, "disk"); disk.is_object())
        rows += row("disk", readable_bytes(number_in(disk, "freeBytes")) + " of " +
                                readable_bytes(number_in(disk, "totalBytes")) + " free");
    return rows;
}

}  // namespace

std::vector<std::string> attention_in(const Json& status) {
    std::vector<std::string> found;
    look_at_log(status, found);
    look_at_sagas(status, found);
    look_at_read_models(status, found);
    look_at_switches(status, found);
    look_at_disk(status, found);
    look_at_upkeep(status, found);
    return found;
}

std::string table_of(const Json& status) {
    const auto server = text_in(status, "server");
    auto text = row(server.empty() ? "directory" : "server",
                    (server.empty() ? text_in(status, "directory") : server) + ": " + text_in(status, "status"));
    text += log_rows(status) + read_model_rows(status) + saga_rows(status) + other_rows(status);
    const auto attention = attention_in(status);
    if (attention.empty()) return text + row("to do", "nothing");
    for (const auto& sentence : attention) text += row(&sentence == attention.data() ? "to do" : "", sentence);
    return text;
}

}  // namespace sillok
