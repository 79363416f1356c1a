// `sillok events`: what is not there is said, and an export is whole or none.
#include "tests/eventually.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using std::chrono::seconds;

std::string content_of(const fs::path& file) {
    std::ifstream input{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{input}, {}};
}

}  // namespace

TEST_CASE("a stream, version or position that is not there is said, and is a failure") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    const auto says = [&](std::vector<std::string> arguments, const std::string& sentence) {
        arguments.push_back(data);
        const auto ended = run_program(arguments);
        CHECK(ended.status == 1);
        CHECK(ended.out.empty());
        CHECK(ended.err == "sillok: " + sentence + '\n');
    };
    says({"events", "read", "order-nosuch"}, "there is no stream order-nosuch");
    says({"events", "read", "bad stream!"}, "there is no stream bad stream!");
    says({"events", "read", "s-1", "--from", "99"}, "the stream s-1 ends at version 2");
    says({"events", "read", "s-1", "--from-version", "99"}, "the stream s-1 ends at version 2");
    says({"events", "tail", "--after", "99"}, "position 99 is beyond the end of the log, which is position 10");
    says({"events", "tail", "--from-position", "11"}, "position 11 is beyond the end of the log, which is position 10");
    says({"proof", "inclusion", "--position", "1", "--size", "99"}, "the log has 10 events, not 99");
    CHECK(run_program({"events", "tail", "--after", "10", data}).status == 0);  // what has been seen already
    CHECK(run_program({"events", "tail", "--limit", "0", data}).err ==
          "sillok: --limit 0 shows nothing without --follow\n");
    CHECK(run_program({"events", "tail", "--from-position", "9", data}).out ==
          run_program({"events", "tail", "--after", "8", data}).out);
    CHECK(run_program({"events", "tail", "--from-position", "9", "--after", "8", data}).status == 2);
}

TEST_CASE("an export says where it ends, and one that is cut short is refused") {
    const LogDirectory log;
    log.grow(10);
    const auto path = [&](const char* name) { return (log.directory.path() / name).string(); };
    const auto data = log.data.string();
    const auto exported = run_program({"events", "export", data, "--to", path("a.jsonl")});
    CHECK(exported.status == 0);
    CHECK(exported.out.starts_with("exported 10 events, head 10, chain hash "));
    const auto root = Json::parse(run_program({"verify", data, "--json"}).out).at("root").get<std::string>();
    CHECK(exported.out.ends_with("root " + root + '\n'));
    const auto lines = content_of(path("a.jsonl"));
    const auto last = lines.rfind('\n', lines.size() - 2) + 1;
    const auto end = Json::parse(lines.substr(last));
    CHECK(end.at("type") == "sillok.export.end");
    CHECK(end.at("count") == "10");
    CHECK(end.at("root") == root);

    const auto imported = [&](const std::string& content) {
        std::ofstream{path("b.jsonl")} << content;
        fs::remove_all(path("copy"));
        return run_program({"events", "import", path("copy"), "--from", path("b.jsonl"), "--json"});
    };
    CHECK(Json::parse(imported(lines).out).at("root") == root);
    const auto refuses = [&](const std::string& content, const std::string& sentence) {
        const auto ended = imported(content);
        CHECK(ended.status == 1);
        CHECK(ended.err == "sillok: " + sentence + '\n');
        CHECK_FALSE(fs::exists(path("copy")));
    };
    refuses(lines.substr(0, last),
            "line 11: the export is cut short: 10 of 10 events are in it, and its last line is missing");
    std::size_t eighth = 0;
    for (int i = 0; i < 8; ++i) eighth = lines.find('\n', eighth) + 1;
    refuses(lines.substr(0, eighth), "line 9: the export is cut short: 8 of 10 events are in it");
    refuses(lines + lines, "line 11: the line before says that the export ends there");
    refuses("", "the export is empty: it has not even a last line");
    auto forged = lines;
    forged.replace(forged.rfind(root), 2, root.starts_with("00") ? "11" : "00");
    refuses(forged, "line 11: the events do not lead to the chain hash and the root that the last line says");

    auto older = lines.substr(0, last);
    const std::string said = R"("exported":"10",)";
    older.erase(older.find(said), said.size());
    const auto taken = imported(older);
    CHECK(taken.status == 0);
    CHECK(Json::parse(taken.out).at("endKnown") == false);
    CHECK(taken.err.find("an older Sillok wrote it") != std::string::npos);
}

TEST_CASE("an export is packed if its name says so, and read packed or not, from a file or standard input") {
    const LogDirectory log;
    log.grow(10);
    const auto path = [&](const char* name) { return (log.directory.path() / name).string(); };
    const auto data = log.data.string();
    const auto plain = run_program({"events", "export", data, "--to", "-"});
    CHECK(plain.status == 0);
    CHECK(plain.err.starts_with("exported 10 events"));
    CHECK(run_program({"events", "export", data}).out == plain.out);
    CHECK(run_program({"events", "export", data, "--to", path("a.jsonl.gz")}).status == 0);
    CHECK(content_of(path("a.jsonl.gz")).starts_with("\x1f\x8b"));
    CHECK(content_of(path("a.jsonl.gz")).size() < plain.out.size() / 2);
    CHECK(run_program({"events", "import", path("b"), "--from", path("a.jsonl.gz")}).status == 0);
    CHECK(run_redirected("<" + path("a.jsonl.gz"), {"events", "import", path("c")}).status == 0);
    CHECK(run_redirected("<" + path("a.jsonl.gz"), {"events", "import", path("d"), "--from", "-"}).status == 0);
    for (const auto* copy : {"b", "c", "d"}) CHECK(run_program({"events", "export", path(copy)}).out == plain.out);

    fs::resize_file(path("a.jsonl.gz"), 300);
    const auto cut = run_program({"events", "import", path("e"), "--from", path("a.jsonl.gz")});
    CHECK(cut.status == 1);
    CHECK(cut.err == "sillok: the gzipped file is damaged: unexpected end of file\n");
    CHECK(run_program({"events", "import", path("e"), "--from", log.directory.path().string()}).err ==
          "sillok: cannot read " + log.directory.path().string() + ": Is a directory; choose a file\n");
    CHECK_FALSE(fs::exists(path("e")));
}

TEST_CASE("a failed export leaves no file, and one that is there is replaced only when asked for") {
    const LogDirectory log;
    log.grow(2000);
    const auto to = log.directory.path() / "a.jsonl";
    const std::vector<std::string> exporting{"events", "export", log.data.string(), "--to", to.string()};
    const auto limited = run_program("/bin/sh",
                                     {"-c", "ulimit -f 64; exec \"$0\" \"$@\"", program.string(), exporting[0],
                                      exporting[1], exporting[2], exporting[3], exporting[4]},
                                     {});
    CHECK(limited.status == 1);
    CHECK(limited.err.find("the export cannot be written: File too large") != std::string::npos);
    CHECK_FALSE(fs::exists(to));
    CHECK_FALSE(fs::exists(to.string() + ".partial"));
    CHECK(run_program(exporting).status == 0);
    CHECK_FALSE(fs::exists(to.string() + ".partial"));
    const auto whole = content_of(to);
    CHECK(run_program(exporting).status == 1);
    std::ofstream{to} << "something else";
    auto forced = exporting;
    forced.emplace_back("--force");
    CHECK(run_program(forced).status == 0);
    CHECK(content_of(to) == whole);
}

TEST_CASE("a follower waits for a server that starts again, and misses nothing") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    const auto out = directory.path() / "out", err = directory.path() / "err";
    const auto server_log = directory.path() / "server.log";
    auto server = std::make_unique<ServerProcess>(program, data, std::vector<std::string>{}, server_log);
    const auto url = server->url();
    const auto add_product = [&](const std::string& id) {
        const Json body{{"productId", id}, {"name", id}, {"price", {{"amount", 1}, {"currency", "KRW"}}}};
        const HttpRequest request{.method = Method::post, .target = "/v1/products", .body = body.dump()};
        REQUIRE(exchange_once(*parse_server(url), request, seconds{5}).status == 201);
    };
    add_product("first");
    const auto command = "exec " + program.string() + " events tail --follow --after 0 --server " + url + " >" +
                         out.string() + " 2>" + err.string();
    const char* arguments[] = {"sh", "-c", command.c_str(), nullptr};
    pid_t follower = -1;
    REQUIRE(posix_spawn(&follower, "/bin/sh", nullptr, nullptr, const_cast<char**>(arguments), environ) == 0);
    CHECK(eventually(seconds{20}, "the follower says so", [&] { return content_of(out).contains("\"first\""); }));
    REQUIRE(server->stop(seconds{30}) == 0);
    CHECK(eventually(seconds{20}, "the follower says so",
                     [&] { return content_of(err).contains("connection refused; waiting for it"); }));
    const auto address = url.substr(std::string{"http://"}.size());
    server = std::make_unique<ServerProcess>(
        program, std::vector<std::string>{"serve", "--data", data.string(), "--listen", address}, server_log);
    add_product("second");
    CHECK(eventually(seconds{20}, "the follower says so", [&] { return content_of(out).contains("\"second\""); }));
    CHECK(content_of(err).contains("the server answers again: going on after position"));
    kill(follower, SIGTERM);
    int status = 0;
    waitpid(follower, &status, 0);
    const auto all = content_of(out);
    server->stop(seconds{30});
    CHECK(all == run_program({"events", "tail", "--after", "0", "--data", data.string()}).out);
}

TEST_CASE("a follower does not read on in another history after a restore") {
    const TemporaryDirectory directory;
    const auto data = (directory.path() / "data").string(), restored = (directory.path() / "restored").string();
    const auto backups = (directory.path() / "backups").string();
    const auto out = directory.path() / "out", err = directory.path() / "err";
    const auto server_log = directory.path() / "server.log";
    auto server = std::make_unique<ServerProcess>(program, data, std::vector<std::string>{}, server_log);
    const auto url = server->url();
    const auto add_product = [&](const std::string& id) {
        const Json body{{"productId", id}, {"name", id}, {"price", {{"amount", 1}, {"currency", "KRW"}}}};
        const HttpRequest request{.method = Method::post, .target = "/v1/products", .body = body.dump()};
        REQUIRE(exchange_once(*parse_server(url), request, seconds{5}).status == 201);
    };
    for (int i = 0; i < 5; ++i) add_product("a" + std::to_string(i));
    const auto command = "exec " + program.string() + " events tail --follow --after 0 --server " + url + " >" +
                         out.string() + " 2>" + err.string();
    const char* arguments[] = {"sh", "-c", command.c_str(), nullptr};
    pid_t follower = -1;
    REQUIRE(posix_spawn(&follower, "/bin/sh", nullptr, nullptr, const_cast<char**>(arguments), environ) == 0);
    CHECK(eventually(seconds{20}, "the follower has read everything",
                     [&] { return content_of(out).contains("\"a4\""); }));
    REQUIRE(server->stop(seconds{30}) == 0);
    REQUIRE(run_program({"backup", "--data", data, "--to", backups}).status == 0);
    REQUIRE(run_program({"restore", "--from", backups, "--to", restored, "--until", "2"}).status == 0);
    {  // the other history is longer than what the follower has read
        const ServerProcess elsewhere{program, restored, {}, server_log};
        for (int i = 0; i < 8; ++i) {
            const Json body{
                {"productId", "b" + std::to_string(i)}, {"name", "b"}, {"price", {{"amount", 1}, {"currency", "KRW"}}}};
            const HttpRequest request{.method = Method::post, .target = "/v1/products", .body = body.dump()};
            REQUIRE(exchange_once(*parse_server(elsewhere.url()), request, seconds{5}).status == 201);
        }
    }
    const auto address = url.substr(std::string{"http://"}.size());
    server = std::make_unique<ServerProcess>(
        program, std::vector<std::string>{"serve", "--data", restored, "--listen", address}, server_log);
    int status = 0;
    CHECK(
        eventually(seconds{20}, "the follower ends", [&] { return waitpid(follower, &status, WNOHANG) == follower; }));
    CHECK(WEXITSTATUS(status) == 1);
    CHECK(content_of(err).contains("of another log or epoch than this one"));
    CHECK_FALSE(content_of(out).contains("\"b"));
    server->stop(seconds{30});
}

}  // namespace sillok
