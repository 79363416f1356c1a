#include "tools/status/status.hpp"

#include "api/disk_room.hpp"
#include "api/witness_file.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/proof/verified_head.hpp"
#include "projections/read_models.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/event_source.hpp"
#include "tools/events/event_tail.hpp"
#include "tools/file_time.hpp"
#include "tools/offline_log.hpp"
#include "tools/operations/admin_client.hpp"
#include "tools/server_refusal.hpp"

#include <optional>
#include <utility>

namespace sillok {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t parked_max = 100;
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

// How many events there were in the last minute and hour, by this machine's clock.
Json rates_of(EventSource& from) {
    const auto now = SystemClock{}.now();
    const auto count = [&](std::int64_t milliseconds) {
        const auto before = position_before(from, Timestamp{now.value - milliseconds});
        return std::max(from.head(), before) - before;
    };
    return {{"lastMinute", count(minute_ms)}, {"lastHour", count(hour_ms)}};
}

void add_log_page(const AdminClient& server, Json& status) {
    if (server.ask("/v1/events?limit=1").status == 404) return;  // the address of the administration has no events
    const auto from = read_server(server.url());
    status["rates"] = rates_of(*from);
    const auto newest = newest_events(*from, from->head(), 1, {});
    if (!newest.empty()) status["log"]["lastTime"] = newest.front().at("time");
}

void add_parked(const AdminClient& server, Json& status) {
    const auto page = server.get_if_served("/v1/admin/sagas?state=parked&limit=" + std::to_string(parked_max),
                                           "the list of parked sagas");
    if (!page) return;
    auto& parked = status["parked"] = Json::array();
    for (const auto& saga : page->at("items"))
        parked.push_back({{"saga", saga.at("saga")},
                          {"step", saga.value("parkedStep", "")},
                          {"reason", saga.value("parkedReason", "")}});
}

Json disk_json(const DiskRoom& room) { return {{"freeBytes", room.free_bytes}, {"totalBytes", room.total_bytes}}; }

void add_read_models(const OfflineLog& log, Json& status) {
    auto& models = status["readModels"] = Json::array();
    if (!std::filesystem::exists(log.directory.views())) return;
    const auto views = ReadModels::open(log.directory.views(), log.store, ReadModels::Mode::read_only);
    if (!views) throw Failure(views.error());
    for (const auto* model : (*views)->all()) {
        const auto state = model->status();
        models.push_back({{"name", state.name},
                          {"version", state.version},
                          {"position", state.consumed.position.value},
                          {"lagEvents", state.lag_events},
                          {"parkedKeys", state.parked_keys}});
    }
    auto& parked = status["parked"] = Json::array();
    (*views)->sagas().each([&](const SagaMonitor::Row& row) {
        if (row.state == SagaMonitor::State::parked)
            parked.push_back({{"saga", row.saga}, {"step", row.parked_step}, {"reason", row.parked_reason}});
        return parked.size() < parked_max;
    });
}

void add_files(const DataDirectory& directory, Json& status) {
    if (const auto end = WitnessFile::read(directory.witness()); end && *end)
        status["stop"] = (*end)->stopped ? "in order" : "not in order: the next start continues where it was";
    const auto verified = read_verified_head(directory.verified());
    const auto time = changed_at(directory.verified());
    status["verified"] = verified && *verified && time
                             ? Json{{"position", (*verified)->position.value}, {"time", rfc3339(*time)}}
                             : Json{};
}

}  // namespace

Json status_of_server(const std::string& url) {
    const AdminClient server{url};
    const auto answer = server.ask("/readyz?verbose");
    if (answer.status == 404)
        throw Failure("the server at " + url +
                      " does not show there how it is: give the address of its --admin-listen");
    if (answer.status != 200 && answer.status != 503) throw_refused("its health", answer);
    const auto health = Json::parse(answer.body);
    if (!health.contains("status") || !health.contains("log"))
        throw NotReachable("no Sillok server answers at " + url + ", but another one");
    Json status{{"server", url}, {"status", health.at("status")}, {"log", health.at("log")}};
    add_log_page(server, status);
    status["readModels"] = health.at("projections");
    status["sagas"] = health.at("sagas");
    add_parked(server, status);
    if (const auto page = server.get_if_served("/v1/admin/breakers", "the list of breakers"))
        status["breakers"] = page->at("items");
    if (const auto page = server.get_if_served("/v1/admin/parts", "the list of components"))
        status["components"] = page->at("items");
    for (const auto* name : {"backups", "scrub", "disk"})
        if (health.contains(name)) status[name] = health.at(name);
    status["attention"] = attention_in(status);
    return status;
}

Json status_of_directory(const std::filesystem::path& data) {
    const OfflineLog log{data, OfflineLog::Access::read};
    const auto& identity = log.store.identity();
    Json status{{"directory", data.string()}, {"status", "at rest"}};
    auto& shown = status["log"] = {
        {"head", log.store.head().value}, {"logId", identity.log_id.text()}, {"epoch", identity.epoch().value}};
    if (const auto newest = log.store.read_log_back(log.store.head(), 1); !newest.empty())
        shown["lastTime"] = rfc3339(newest.back().time);
    add_read_models(log, status);
    add_files(log.directory, status);
    if (const auto room = disk_room(data)) status["disk"] = disk_json(*room);
    status["attention"] = attention_in(status);
    return status;
}

}  // namespace sillok
