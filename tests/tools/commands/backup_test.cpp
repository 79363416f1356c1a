// Backups and what is restored from them, as operators meet them: over a directory, and over a server that goes on.
#include "eventstore/base/directory_lock.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

Json json_of(const std::vector<std::string>& arguments) {
    const auto ended = run_program(arguments);
    REQUIRE_MESSAGE(ended.status == 0, ended.err);
    return Json::parse(ended.out);
}

// The one sentence that it fails with.
std::string failure_of(const std::vector<std::string>& arguments) {
    const auto ended = run_program(arguments);
    CHECK(ended.status == 1);
    CHECK(ended.out.empty());
    CHECK(ended.err.find('\n') == ended.err.size() - 1);
    return ended.err;
}

// What verification says of the events; a copy has an epoch of its own.
Json verified(const fs::path& data) {
    auto report = json_of({"verify", "--data", data.string(), "--json"});
    CHECK(report.erase("epoch") == 1);
    return report;
}

// `at_least`: the position that a query must have seen; 0: none.
HttpResponse ask(const ServerProcess& server, Method method, const std::string& target, const Json& body = {},
                 unsigned wait_seconds = 0, std::uint64_t at_least = 0) {
    return exchange_once(*parse_server(server.url()),
                         {.method = method,
                          .target = target,
                          .body = body.is_null() ? "" : body.dump(),
                          .wait_seconds = wait_seconds,
                          .at_least = at_least},
                         std::chrono::seconds{15});
}

Json get(const ServerProcess& server, const std::string& target, std::uint64_t at_least = 0) {
    const auto answer = ask(server, Method::get, target, {}, 10, at_least);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return Json::parse(answer.body);
}

void order(const ServerProcess& server, const std::string& id) {
    const Json body{{"orderId", id}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "c1"}};
    const auto answer = ask(server, Method::post, "/v1/orders", body, 5);
    REQUIRE_MESSAGE(answer.status == 201, answer.body);
}

}  // namespace

TEST_CASE("a directory is backed up, restored whole or to a point, and is what it was") {
    const LogDirectory log;
    log.grow(300);
    const auto data = log.data.string();
    const auto backups = (log.directory.path() / "backups").string();
    const auto first = json_of({"backup", "--data", data, "--to", backups, "--json"});
    CHECK(first.at("backup") == 1);
    CHECK(first.at("head") == 300);
    const auto at_300 = verified(log.data);
    log.grow(100);
    const auto second = json_of({"backup", "--data", data, "--to", backups, "--json"});
    CHECK(second.at("backup") == 2);
    CHECK(second.at("bytesCopied").get<std::uint64_t>() < second.at("bytes").get<std::uint64_t>());

    const auto restored = [&](const std::string& name, std::vector<std::string> more) {
        const auto to = log.directory.path() / name;
        std::vector<std::string> arguments{"restore", "--from", backups, "--to", to.string(), "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto told = json_of(arguments);
        auto report = verified(to);
        CHECK(report.at("ok") == true);
        CHECK(report.at("head") == told.at("head"));
        CHECK(report.at("chainHash") == told.at("chainHash"));
        return report;
    };
    CHECK(restored("whole", {}) == verified(log.data));
    CHECK(restored("first", {"--backup", "1"}) == at_300);
    CHECK(restored("to-300", {"--until", "300"}) == at_300);
    // Commits have two events each: a commit that would be cut in two is left out.
    CHECK(restored("to-299", {"--until", "299"}).at("head") == 298);
    CHECK(restored("to-the-end", {"--until", "400"}) == verified(log.data));
    CHECK(restored("to-nothing", {"--until", "0"}).at("head") == 0);
    const auto in_a_commit =
        run_program({"restore", "--from", backups, "--to", (log.directory.path() / "cut").string(), "--until", "297"});
    CHECK(in_a_commit.err ==
          "position 297 is within the commit of positions 297 to 298, which is left out: the log ends before it, at "
          "296\n");
    CHECK(failure_of({"restore", "--from", backups, "--to", (log.directory.path() / "old").string(), "--until",
                      "1900-01-01T00:00:00Z"})
              .find("no event of the backup is as old as --until says") != std::string::npos);
    // The commit at positions 101 and 102 is of second 100.
    CHECK(restored("to-a-time", {"--until", "1970-01-01T00:01:40Z"}).at("head") == 102);
    CHECK(restored("before-it", {"--until", "1970-01-01T00:01:39.999Z"}).at("head") == 100);
    CHECK(restored("to-later", {"--until", "2100-01-01T00:00:00Z"}) == verified(log.data));
    CHECK_FALSE(fs::exists(log.directory.path() / "to-300" / "restoring.partial"));
}

TEST_CASE("a server is backed up while it serves, and the restored directory serves the same orders") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    const auto backups = directory.path() / "backups";
    std::uint64_t until = 0;
    {
        ServerProcess server{program, data, {"--backups", backups.string()}, directory.path() / "log"};
        REQUIRE(ask(server, Method::post, "/v1/products",
                    {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 5}, {"currency", "GBP"}}}})
                    .status == 201);
        REQUIRE(ask(server, Method::post, "/v1/products/tv/stock-receipts", {{"quantity", 9}}).status == 201);
        order(server, "first");
        until = get(server, "/readyz?verbose").at("log").at("head").get<std::uint64_t>();
        order(server, "second");
        const auto made = json_of({"backup", "--server", server.url(), "--to", "nightly", "--json"});
        CHECK(made.at("backup") == 1);
        CHECK(made.at("directory") == (backups / "nightly").string());
        order(server, "third");
        CHECK(json_of({"backup", "--server", server.url(), "--to", (backups / "nightly").string(), "--json"})
                  .at("backup") == 2);

        for (const auto* outside : {"..", "/tmp", "nightly/../../elsewhere"}) {
            const auto refused = ask(server, Method::post, "/v1/admin/backups", {{"to", outside}});
            CHECK(refused.status == 400);
            CHECK(Json::parse(refused.body).at("errors").at(0).at("pointer") == "/to");
        }
        CHECK(failure_of({"backup", "--server", server.url(), "--to", "../elsewhere"})
                  .starts_with("sillok: the server refused the backup: /to must be inside the server's backup "));
        CHECK(server.stop(std::chrono::seconds{30}) == 0);
    }
    const auto from = (backups / "nightly").string();
    const auto serve_and_check = [&](const std::string& name, const std::vector<std::string>& more,
                                     const std::vector<std::string>& there, const std::vector<std::string>& not_there) {
        const auto to = directory.path() / name;
        std::vector<std::string> arguments{"restore", "--from", from, "--to", to.string(), "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        json_of(arguments);
        const auto report = verified(to);
        CHECK(report.at("ok") == true);
        const auto head = report.at("head").get<std::uint64_t>();
        ServerProcess server{program, to, {}, directory.path() / (name + ".log")};
        // The read models are rebuilt while the server serves: each query waits for the restored head.
        for (const auto& id : there) {
            CHECK(get(server, "/v1/orders/" + id, head).at("state") == "confirmed");
            CHECK(get(server, "/v1/orders/" + id + "/saga", head).dump().find("fulfilment") != std::string::npos);
        }
        for (const auto& id : not_there)
            CHECK(ask(server, Method::get, "/v1/orders/" + id, {}, 10, head).status == 404);
        CHECK(get(server, "/v1/stock/tv", head).at("reserved") == there.size());
        order(server, "another-day");
        CHECK(server.stop(std::chrono::seconds{30}) == 0);
        CHECK(verified(to).at("ok") == true);
    };
    serve_and_check("newest", {}, {"first", "second", "third"}, {});
    serve_and_check("older", {"--backup", "1"}, {"first", "second"}, {"third"});
    serve_and_check("until", {"--until", std::to_string(until)}, {"first"}, {"second", "third"});
}

TEST_CASE("a directory that cannot take backups is refused by name") {
    const TemporaryDirectory directory;
    const auto backups = directory.path() / "backups";
    ServerProcess server{program, directory.path() / "data", {"--backups", backups.string()}, directory.path() / "log"};
    fs::create_directories(backups / "other");
    std::ofstream{backups / "other" / "file"} << "not a backup";
    const std::vector<std::pair<std::string, std::string>> wrong{
        {std::string{"a\0b", 3}, "must have no control characters"},
        {"a\nb", "must have no control characters"},
        {" ", "must have no name of blanks alone"},
        {"a/ /b", "must have no name of blanks alone"},
        {std::string(256, 'n'), "must have names of at most 255 bytes"},
        {std::string(1'001, '/'), "must be at most 1000 bytes long"},
        {"", "must not be empty"},
        {".", "must be a directory that is new, empty, or has backups"},
        {"other", "must be a directory that is new, empty, or has backups"},
        {"other/file", "must be a directory that is new, empty, or has backups"},
        {"other/file/below", "must be a directory that is new, empty, or has backups"}};
    for (const auto& [to, why] : wrong) {
        const auto refused = ask(server, Method::post, "/v1/admin/backups", {{"to", to}});
        CHECK(refused.status == 400);
        CHECK(Json::parse(refused.body).at("errors").at(0).at("detail") == why);
    }
    for (const auto& [member, most] : {std::pair{"keep", "1 to 1000000"}, {"maxRate", "1000 to 1000000000000"}}) {
        const auto refused = ask(server, Method::post, "/v1/admin/backups", {{"to", "new"}, {member, 0}});
        CHECK(refused.status == 400);
        const auto error = Json::parse(refused.body).at("errors").at(0);
        CHECK(error.at("pointer") == std::string{"/"} + member);
        CHECK(error.at("detail") == std::string{"must be "} + most);
    }
    CHECK(server.stop(std::chrono::seconds{30}) == 0);
}

TEST_CASE("a server without --backups writes no backup") {
    const TemporaryDirectory directory;
    ServerProcess server{program, directory.path() / "data", {}, directory.path() / "log"};
    const auto refused = ask(server, Method::post, "/v1/admin/backups", {{"to", "nightly"}});
    CHECK(refused.status == 403);
    CHECK(Json::parse(refused.body).at("code") == "backups-not-allowed");
    CHECK(server.stop(std::chrono::seconds{30}) == 0);
}

TEST_CASE("a backup that cannot be made or restored is reported in one sentence and leaves no files") {
    const LogDirectory log;
    log.grow(20);
    const auto data = log.data.string();
    const auto backups = log.directory.path() / "backups";
    const auto to = log.directory.path() / "to";
    json_of({"backup", "--data", data, "--to", backups.string(), "--json"});

    const auto foreign = (log.directory.path() / "foreign").string();
    fs::create_directory(foreign);
    std::ofstream{fs::path{foreign} / "thesis.txt"} << "years of work";
    CHECK(failure_of({"backup", "--data", data, "--to", foreign}) ==
          "sillok: " + foreign + " holds something else than backups\n");
    CHECK(failure_of({"restore", "--from", data, "--to", to.string()}) == "sillok: " + data + " holds no backup\n");
    CHECK(failure_of({"restore", "--from", "/nowhere", "--to", to.string()}) == "sillok: /nowhere holds no backup\n");
    CHECK(failure_of({"restore", "--from", backups.string(), "--to", data}) ==
          "sillok: " + data + " is not an empty directory; choose a path where nothing is yet\n");
    CHECK(failure_of({"restore", "--from", backups.string(), "--to", to.string(), "--backup", "9"}) ==
          "sillok: " + backups.string() + " holds no backup 9; the newest is 1\n");
    CHECK(failure_of({"restore", "--from", backups.string(), "--to", to.string(), "--until", "21"}) ==
          "sillok: the backup ends at position 20\n");
    CHECK_FALSE(fs::exists(to));
    CHECK(run_program({"restore", "--from", backups.string(), "--to", to.string(), "--until", "noon"}).status == 2);
    const auto dated =
        run_program({"restore", "--from", backups.string(), "--to", to.string(), "--until", "2026-11-26"});
    CHECK(dated.status == 2);
    CHECK(dated.err.find("no time zone: write it as 2026-11-20T15:54:00Z") != std::string::npos);

    for (const auto& entry : fs::directory_iterator{backups / "shared_checksum"}) {
        fs::resize_file(entry.path(), fs::file_size(entry.path()) - 1);
        break;
    }
    CHECK(failure_of({"restore", "--from", backups.string(), "--to", to.string()})
              .starts_with("sillok: backup 1 in " + backups.string() + " is damaged"));
    CHECK_FALSE(fs::exists(to));
    CHECK(verified(log.data).at("ok") == true);
}

TEST_CASE("a backup keeps as many as it is asked to, and at least one") {
    const LogDirectory log;
    log.grow(3);
    const auto data = log.data.string();
    const auto backups = (log.directory.path() / "backups").string();
    const std::vector<std::string> back_up{"backup", "--data", data, "--to", backups, "--json"};
    const auto keeping = [&](const std::string& number) {
        auto arguments = back_up;
        arguments.insert(arguments.end(), {"--keep", number});
        return arguments;
    };
    for (const std::string wrong : {"0", "-1", "two", ""}) {
        const auto ended = run_program(keeping(wrong));
        CHECK(ended.status == 2);
        CHECK(Json::parse(ended.out).at("error").at("code") == "usage");
        CHECK_FALSE(fs::exists(backups));
    }
    json_of(back_up);
    json_of(back_up);
    const auto third = json_of(keeping("1"));
    CHECK(third.at("removed") == 2);
    CHECK(third.at("logId").get<std::string>().size() == 36);
    CHECK(failure_of({"restore", "--from", backups, "--to", data + "-1", "--backup", "1"}).find("holds no backup 1") !=
          std::string::npos);
    const auto restored = json_of({"restore", "--from", backups, "--to", data + "-3", "--json"});
    CHECK(restored.at("head") == json_of({"verify", "--data", data, "--json"}).at("head"));
    CHECK(restored.at("logId") == third.at("logId"));
    CHECK(restored.at("epoch").get<std::uint64_t>() > third.at("epoch").get<std::uint64_t>());
}

TEST_CASE("a backup is refused where it would mix two logs, or lie in what it is of") {
    const LogDirectory log;
    const LogDirectory other;
    log.grow(4);
    other.grow(2);
    const auto backups = (log.directory.path() / "backups").string();
    json_of({"backup", "--data", log.data.string(), "--to", backups, "--json"});
    const auto refused = run_program({"backup", "--data", other.data.string(), "--to", backups, "--json"});
    CHECK(refused.status == 1);
    CHECK(Json::parse(refused.out).at("error").at("code") == "backup-of-another-log");
    CHECK(refused.err.find("; choose another directory for the backups of this log") != std::string::npos);

    // What was restored up to an earlier point would take the place of the events after it.
    const auto cut = (log.directory.path() / "cut").string();
    json_of({"restore", "--from", backups, "--to", cut, "--until", "2", "--json"});
    CHECK(failure_of({"backup", "--data", cut, "--to", backups, "--keep", "1"}).find(", ends at position 2; choose") !=
          std::string::npos);
    const auto whole = (log.directory.path() / "whole").string();
    json_of({"restore", "--from", backups, "--to", whole, "--json"});
    CHECK(json_of({"backup", "--data", whole, "--to", backups, "--json"}).at("backup") == 2);

    for (const auto& inside :
         {log.data, log.data / "bk", log.data / "log" / "bk", log.data / "." / "x" / ".." / "bk"}) {
        CHECK(failure_of({"backup", "--data", log.data.string(), "--to", inside.string()}) ==
              "sillok: " + inside.string() + " is inside the data directory " + log.data.string() +
                  "; choose another directory\n");
        CHECK_FALSE(fs::exists(inside / "meta"));
    }
}

TEST_CASE("a server refuses the same backups, and names the process that uses the directory") {
    const TemporaryDirectory directory;
    const auto backups = directory.path() / "all";
    const LogDirectory other;
    other.grow(2);
    json_of({"backup", "--data", other.data.string(), "--to", (backups / "other").string(), "--json"});
    const auto data = backups / "data";
    fs::create_directories(backups);
    CHECK(failure_of({"serve", "--data", data.string(), "--backups", (data / "bk").string()})
              .find(" is inside the data directory ") != std::string::npos);
    ServerProcess server{program, data, {"--backups", backups.string()}, directory.path() / "log"};
    const auto inside = ask(server, Method::post, "/v1/admin/backups", {{"to", "data/bk"}});
    CHECK(inside.status == 400);
    CHECK(Json::parse(inside.body).at("errors").at(0).at("detail") == "must not be inside the data directory");
    const auto refused = ask(server, Method::post, "/v1/admin/backups", {{"to", "other"}});
    CHECK(refused.status == 409);
    CHECK(Json::parse(refused.body).at("code") == "backup-of-another-log");
    CHECK(Json::parse(refused.body).at("detail").get<std::string>().find("choose another directory") !=
          std::string::npos);
    json_of({"backup", "--server", server.url(), "--to", "own", "--json"});
    {
        const auto held = DirectoryLock::take(backups / "own", DirectoryLock::Purpose::write);
        REQUIRE(held);
        const auto in_use = ask(server, Method::post, "/v1/admin/backups", {{"to", "own"}});
        CHECK(in_use.status == 409);
        CHECK(Json::parse(in_use.body).at("code") == "backup-in-progress");
        CHECK(Json::parse(in_use.body).at("detail").get<std::string>().find(": process ") != std::string::npos);
    }
    CHECK(server.stop(std::chrono::seconds{30}) == 0);
}

}  // namespace sillok
