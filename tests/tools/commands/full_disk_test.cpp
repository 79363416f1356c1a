// A disk that fills: nothing acknowledged is lost, nothing aborts, and with room again everything goes on.
#include "tests/eventually.hpp"
#include "tests/small_disk.hpp"
#include "tests/stride.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

HttpResponse ask(const ServerProcess& server, Method method, const std::string& target, const Json& body = {}) {
    return exchange_once(*parse_server(server.url()),
                         {.method = method, .target = target, .body = body.is_null() ? "" : body.dump()}, 0s);
}

Json health(const ServerProcess& server) { return Json::parse(ask(server, Method::get, "/readyz?verbose").body); }

HttpResponse order(const ServerProcess& server, const std::string& id) {
    return ask(server, Method::post, "/v1/orders",
               {{"orderId", id}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "c1"}});
}

void offer(const ServerProcess& server) {
    REQUIRE(ask(server, Method::post, "/v1/products",
                {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 5}, {"currency", "GBP"}}}})
                .status == 201);
    REQUIRE(ask(server, Method::post, "/v1/products/tv/stock-receipts", {{"quantity", 1'000'000}}).status < 300);
}

std::string text_of(const fs::path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

bool has_ended(const ServerProcess& server, const std::string& id) {
    const auto answer = ask(server, Method::get, "/v1/orders/" + id);
    return answer.status == 200 && Json::parse(answer.body).at("pending") == false;
}

bool is_missing(const SmallDisk& disk) {
    if (!disk.is_there()) MESSAGE("left out: no file system can be mounted here");
    return !disk.is_there();
}

}  // namespace

TEST_CASE("below the reserve new orders are refused, what has begun goes on, and with room they are taken again") {
    const SmallDisk disk{64u << 20};
    if (is_missing(disk)) return;
    const TemporaryDirectory elsewhere;
    const auto log = elsewhere.path() / "log";
    ServerProcess server{program, disk.path() / "data", {"--disk-reserve", "16MiB"}, log};
    offer(server);
    REQUIRE(ask(server, Method::post, "/v1/admin/parts/sagas/pause").status == 200);
    REQUIRE(order(server, "before").status == 201);
    REQUIRE(order(server, "cancelled").status == 201);
    CHECK(health(server).at("disk").at("low") == false);
    CHECK(health(server).at("disk").at("reserveBytes") == 16u << 20);

    disk.leave(12u << 20);
    REQUIRE(eventually(5s, "the disk is found low", [&] { return health(server).at("disk").at("low") == true; }));
    const auto refused = order(server, "meanwhile");
    CHECK(refused.status == 503);
    CHECK(Json::parse(refused.body).at("code") == "disk-low");
    CHECK(refused.retry_after);
    CHECK(ask(server, Method::post, "/v1/customers",
              {{"customerId", "c9"}, {"name", "C"}, {"email", "c@example.com"}, {"password", "long enough, this"}})
              .status == 503);
    // What has begun, and operators.
    CHECK(ask(server, Method::post, "/v1/products/tv/stock-receipts", {{"quantity", 1}}).status < 300);
    CHECK(ask(server, Method::post, "/v1/orders/cancelled/cancellation").status == 202);
    REQUIRE(ask(server, Method::post, "/v1/admin/parts/sagas/resume").status == 200);
    for (const auto* id : {"before", "cancelled"})
        CHECK(eventually(10s, "the order's saga ends", [&] { return has_ended(server, id); }));
    CHECK(ask(server, Method::get, "/v1/orders/meanwhile").status == 404);

    disk.make_room();
    REQUIRE(eventually(5s, "there is room again", [&] { return health(server).at("disk").at("low") == false; }));
    CHECK(order(server, "after").status == 201);
    CHECK(server.stop(20s) == 0);
    const auto said = text_of(log);
    CHECK(said.find("no new orders: ") != std::string::npos);
    CHECK(said.find("orders are taken again: ") != std::string::npos);
    CHECK(said.find("refused: disk-low traceId=") != std::string::npos);
}

TEST_CASE("a disk that fills under load stops the log in order, and after a restart with room nothing is lost") {
    for (std::uint64_t round = 0; round < 10; round += stride) {
        CAPTURE(round);
        const SmallDisk disk{48u << 20};
        if (is_missing(disk)) return;
        const TemporaryDirectory elsewhere;
        const auto log = elsewhere.path() / "log";
        const auto data = disk.path() / "data";
        std::vector<std::string> taken;
        {
            ServerProcess server{program, data, {"--disk-reserve", "0"}, log};
            offer(server);
            for (int i = 0; i < 50; ++i)
                if (order(server, "early-" + std::to_string(i)).status == 201)
                    taken.push_back("early-" + std::to_string(i));
            REQUIRE(taken.size() == 50);
            disk.leave(round * (150u << 10));
            for (int i = 0; i < 20'000; ++i) {
                const auto id = "o-" + std::to_string(i);
                const auto answer = order(server, id);
                if (answer.status == 201) taken.push_back(id);
                if (answer.status == 201) continue;
                REQUIRE(answer.status == 503);
                if (Json::parse(answer.body).at("code") == "log-unavailable") break;
            }
            const auto told = health(server);
            CHECK(told.at("log").at("accepting") == false);
            CHECK(told.at("log").at("failure").get<std::string>().find("No space left on device") == 0);
            CHECK(ask(server, Method::get, "/v1/orders?limit=1").status == 200);
            CHECK(server.stop(30s) == 1);
        }
        const auto said = text_of(log);
        CHECK(said.find("error the log in " + data.string() + "/log has stopped: No space left on device") !=
              std::string::npos);
        CHECK(said.find(" bytes are free there; nothing is accepted until a restart") != std::string::npos);

        disk.make_room();
        ServerProcess again{program, data, {"--disk-reserve", "0"}, elsewhere.path() / "again"};
        for (const auto& id : taken)
            CHECK(eventually(30s, "an acknowledged order is there and ends", [&] { return has_ended(again, id); }));
        CHECK(order(again, "new").status == 201);
        CHECK(again.stop(30s) == 0);
        const auto verified = run_program({"verify", "--data", data.string()});
        CHECK_MESSAGE(verified.status == 0, (verified.out + verified.err));
    }
}

TEST_CASE("with any little room every command ends with a sentence, and leaves what there was") {
    for (const std::uint64_t left : {0ull, 8ull << 10, 64ull << 10, 256ull << 10, 1ull << 20, 3ull << 20, 5ull << 20}) {
        CAPTURE(left);
        const SmallDisk disk{24u << 20};
        if (is_missing(disk)) return;
        LogDirectory log;
        log.data = disk.path() / "data";
        log.grow(2'000);
        const auto data = log.data.string();
        const auto exported = (log.directory.path() / "events.jsonl").string();
        const auto backups = (log.directory.path() / "backups").string();
        REQUIRE(run_program({"events", "export", "--data", data, "--to", exported}).status == 0);
        REQUIRE(run_program({"backup", "--data", data, "--to", backups}).status == 0);
        disk.leave(left);
        const auto made = (disk.path() / "made").string();
        for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
                 {"snapshot", "build", "--data", data},
                 {"replay", "--data", data, "--all"},
                 {"events", "import", "--data", made, "--from", exported},
                 {"restore", "--from", backups, "--to", made, "--until", "position:1000"},
                 {"restore", "--from", backups, "--to", made},
                 {"backup", "--data", data, "--to", (disk.path() / "backups").string()}}) {
            const auto ended = run_program(arguments);
            CAPTURE(arguments.front() + " " + arguments[1] + " " + arguments.back());
            CAPTURE(ended.err);
            CHECK((ended.status == 0 || ended.status == 1));
            if (ended.status == 1) CHECK(ended.err.find("o space left on device") != std::string::npos);
            if (ended.status == 1) CHECK_FALSE(fs::exists(made));
            fs::remove_all(made);
            fs::remove_all(disk.path() / "backups");
            disk.leave(left);
        }
        try {
            ServerProcess server{program, log.data, {}, log.directory.path() / "log"};
            CHECK(server.stop(30s).has_value());
        } catch (const std::runtime_error&) {
            const auto said = text_of(log.directory.path() / "log");
            CHECK_MESSAGE(said.find("o space left on device") != std::string::npos, said);
        }
        disk.make_room();
        const auto verified = run_program({"verify", "--data", data});
        CHECK_MESSAGE(verified.status == 0, (verified.out + verified.err));
    }
}

}  // namespace sillok
