#include "api/handlers/backups.hpp"

#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <string>

namespace sillok::api {

namespace {

constexpr Length path_length{1, 4'000};

Json json_of(const Backup& backup, const std::string& directory) {
    return {{"backup", backup.number.value},
            {"time", rfc3339(backup.time)},
            {"head", backup.head.position.value},
            {"chainHash", hex(backup.head.chain_hash)},
            {"bytes", backup.bytes},
            {"bytesCopied", backup.bytes_copied},
            {"directory", directory}};
}

}  // namespace

ResponseTask Backups::create(const Request& request) {
    std::string to;
    const auto wrong =
        read_body(request.body, [&](ObjectReader& body, BodyErrors&) { to = body.text("to", path_length); });
    if (wrong) co_return std::unexpected(*wrong);
    if (!worker_.is_allowed())
        co_return std::unexpected(Problem{problems::backups_not_allowed, "start the server with --backups DIR"});
    const auto directory = worker_.directory_for(to);
    if (!directory) {
        Problem problem{problems::invalid_body};
        problem.errors.push_back({"/to", "must be inside the server's backup directory"});
        co_return std::unexpected(std::move(problem));
    }
    auto making = worker_.back_up(*directory);
    const auto backup = co_await std::move(making);
    if (!backup) co_return std::unexpected(Problem{problems::backup_in_progress});
    if (!*backup) co_return std::unexpected(Problem{problems::backup_failed, backup->error()});
    co_return json_response(201, json_of(**backup, directory->string()));
}

}  // namespace sillok::api
