#include "api/handlers/backups.hpp"

#include "api/backup_json.hpp"
#include "api/http/field_text.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "eventstore/transfer/backup.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

namespace sillok::api {

namespace {

constexpr Length path_length{1, 1'000};
constexpr std::size_t file_name_bytes_max = 255;
constexpr std::int64_t keep_max = 1'000'000;
constexpr std::int64_t rate_min = 1'000;  // bytes a second
constexpr std::int64_t rate_max = 1'000'000'000'000;

ProblemKind kind_of(BackupError::Kind kind) {
    switch (kind) {
        case BackupError::Kind::another_log: return problems::backup_of_another_log;
        case BackupError::Kind::in_use: return problems::backup_in_progress;
        case BackupError::Kind::no_room:
        case BackupError::Kind::failed: break;
    }
    return problems::backup_failed;
}

// What no directory can be called. Nothing: it may be a name.
std::optional<std::string> flaw_of_directory(std::string_view text) {
    if (std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }))
        return "must have no control characters";
    for (const auto part : std::views::split(text, '/')) {
        const std::string_view name{part};
        if (!name.empty() && trimmed(name).empty()) return "must have no name of blanks alone";
        if (name.size() > file_name_bytes_max)
            return "must have names of at most " + std::to_string(file_name_bytes_max) + " bytes";
    }
    return std::nullopt;
}

struct Bounds {
    std::int64_t least;
    std::int64_t most;
};

// A number that may be absent. Nothing also where it is wrong, and then `errors` has it.
std::optional<std::int64_t> number_in(ObjectReader& body, const char* name, Bounds bounds, BodyErrors& errors) {
    if (!body.has(name)) return std::nullopt;
    const auto number = body.integer(name);
    if (number && *number >= bounds.least && *number <= bounds.most) return number;
    if (number)
        errors.form(body.pointer_of(name),
                    "must be " + std::to_string(bounds.least) + " to " + std::to_string(bounds.most));
    return std::nullopt;
}

Problem wrong_directory(std::string why) {
    Problem problem{problems::invalid_body};
    problem.errors.push_back({"/to", std::move(why)});
    return problem;
}

}  // namespace

ResponseTask Backups::create(const Request& request) {
    std::string to;
    BackupWanted wanted;
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors& errors) {
        to = body.text("to", path_length);
        if (auto flaw = flaw_of_directory(to)) errors.form(body.pointer_of("to"), *std::move(flaw));
        if (const auto number = number_in(body, "keep", {1, keep_max}, errors))
            wanted.keep = static_cast<std::uint32_t>(*number);
        if (const auto number = number_in(body, "maxRate", {rate_min, rate_max}, errors))
            wanted.bytes_per_second = static_cast<std::uint64_t>(*number);
    });
    if (wrong) co_return std::unexpected(*wrong);
    if (!worker_.is_allowed())
        co_return std::unexpected(Problem{problems::backups_not_allowed, "start the server with --backups DIR"});
    const auto directory = worker_.directory_for(to);
    if (!directory) co_return std::unexpected(wrong_directory("must be inside the server's backup directory"));
    if (worker_.is_in_data(*directory))
        co_return std::unexpected(wrong_directory("must not be inside the data directory"));
    if (!can_take_backups(*directory))
        co_return std::unexpected(wrong_directory("must be a directory that is new, empty, or has backups"));
    wanted.to = *directory;
    auto making = worker_.back_up(std::move(wanted));
    const auto backup = co_await std::move(making);
    if (!backup) co_return std::unexpected(Problem{problems::backup_in_progress});
    if (!*backup) co_return std::unexpected(Problem{kind_of(backup->error().kind), backup->error().what});
    co_return json_response(201, made_json(**backup, directory->string()));
}

}  // namespace sillok::api
