// What needs an operator, from what a server says of itself.
#include "tools/status/status.hpp"

#include <doctest/doctest.h>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

Json healthy() {
    return Json::parse(R"({
        "server": "http://127.0.0.1:8080", "status": "ready",
        "log": {"accepting": true, "head": 26, "logId": "0190", "epoch": 1, "lastTime": "2026-11-26T15:00:00.000Z"},
        "rates": {"lastMinute": 3, "lastHour": 26},
        "readModels": [{"name": "order_history", "running": true, "position": 26, "lagEvents": 0, "parkedKeys": 0}],
        "sagas": {"running": true, "paused": false, "live": 2, "outstanding": 1, "parked": 0},
        "breakers": [{"name": "payments", "state": "closed", "mode": "auto"}],
        "components": [{"name": "sagas", "paused": false}, {"name": "projections", "paused": false}],
        "disk": {"freeBytes": 53687091200, "totalBytes": 107374182400}})");
}

std::string only_sentence(const Json& status) {
    const auto found = attention_in(status);
    REQUIRE(found.size() == 1);
    return found.front();
}

}  // namespace

TEST_CASE("a healthy server needs nobody") {
    CHECK(attention_in(healthy()).empty());
    CHECK(table_of(healthy()) ==
          "server       http://127.0.0.1:8080: ready\n"
          "log          position 26, accepts events, last event 2026-11-26T15:00:00.000Z\n"
          "             log id 0190, epoch 1\n"
          "events       3 in the last minute, 26 in the last hour\n"
          "read models  order_history    position 26, 0 behind\n"
          "sagas        2 open, 1 with a command under way, 0 parked\n"
          "breaker      payments: closed, by itself\n"
          "disk         50.0 GiB of 100.0 GiB free\n"
          "to do        nothing\n");
}

TEST_CASE("each thing that needs somebody is one sentence with what to do") {
    auto stopped = healthy();
    stopped["log"]["accepting"] = false;
    CHECK(only_sentence(stopped) ==
          "the log has stopped; nothing is accepted: make room or repair the disk, then restart the server");
    auto halted = healthy();
    halted["sagas"]["running"] = false;
    CHECK(only_sentence(halted) == "the sagas have stopped: see the server's log, then restart it");
    auto parked = healthy();
    parked["sagas"]["parked"] = 2;
    CHECK(only_sentence(parked) == "2 sagas are parked; see sillok saga list --state parked, and sillok saga --help");
    parked["parked"] = Json::parse(R"([{"saga": "fulfilment-17", "step": "capture", "reason": "provider-declined"}])");
    CHECK(only_sentence(parked) ==
          "2 sagas are parked: fulfilment-17 at capture (provider-declined), ...; see sillok "
          "saga list --state parked, and sillok saga --help");
    auto broken = healthy();
    broken["readModels"][0]["running"] = false;
    broken["readModels"][0]["failure"] = "a file is damaged";
    CHECK(only_sentence(broken) ==
          "read model order_history has stopped: a file is damaged; restart the server, or "
          "build it again with sillok replay");
    auto behind = healthy();
    behind["readModels"][0]["parkedKeys"] = 3;
    CHECK(only_sentence(behind).starts_with("read model order_history has 3 rows behind events that cannot be read"));
    auto full = healthy();
    full["disk"]["freeBytes"] = 1'048'576;
    CHECK(only_sentence(full) == "only 1.0 MiB of 100.0 GiB are free on the disk: make room");
}

TEST_CASE("a failed backup, a damage that the scrub has found, and a disk that is low are to do") {
    auto low = healthy();
    low["disk"] = Json::parse(R"({"freeBytes": 1048576, "totalBytes": 1073741824, "low": true})");
    CHECK(only_sentence(low) ==
          "the disk is nearly full: 1.0 MiB of 1.0 GiB are free; new orders are refused: make room");
    auto failed = healthy();
    failed["backups"] = Json::parse(R"({"allowed": true, "result": "failed", "failed": {"reason": "no room"}})");
    CHECK(only_sentence(failed) ==
          "the last backup failed: no room; mend that, and make one with sillok backup "
          "--server http://127.0.0.1:8080");
    auto damaged = healthy();
    damaged["scrub"] = Json::parse(R"({"running": true, "damages": [{"position": 7, "what": "another hash"}]})");
    CHECK(only_sentence(damaged) ==
          "the scrub has found damage in the log, first: another hash; see docs/operations.md, The scrub");
    auto made = healthy();
    made["backups"] =
        Json::parse(R"({"result": "made", "made": {"backup": 3, "head": 26, "time": "2026-11-26T15:00:00.000Z"}})");
    CHECK(attention_in(made).empty());
    CHECK(table_of(made).contains("backup       3 of 2026-11-26T15:00:00.000Z, up to position 26\n"));
}

TEST_CASE("what somebody has switched by hand is said, and not twice") {
    auto paused = healthy();
    paused["components"][1]["paused"] = true;
    paused["readModels"][0]["running"] = false;
    CHECK(only_sentence(paused) ==
          "projections are paused: sillok part resume projections --server http://127.0.0.1:8080");
    auto held = healthy();
    held["breakers"][0]["mode"] = "closed";
    CHECK(only_sentence(held) ==
          "breaker payments is held closed by hand: sillok breaker auto payments --server http://127.0.0.1:8080");
    auto sagas = healthy();
    sagas["components"][0]["paused"] = true;
    sagas["sagas"]["running"] = false;
    sagas["sagas"]["paused"] = true;
    CHECK(attention_in(sagas).size() == 1);
}

TEST_CASE("what a server does not say is left out") {
    CHECK(attention_in(Json{{"server", "x"}, {"status", "ready"}}).empty());
    CHECK(table_of(Json{{"server", "x"}, {"status", "ready"}}) == "server       x: ready\nto do        nothing\n");
    CHECK(table_of(Json{{"directory", "./data"}, {"status", "at rest"}, {"verified", nullptr}}) ==
          "directory    ./data: at rest\nverified     never\nto do        nothing\n");
}

}  // namespace sillok
