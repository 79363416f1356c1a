// What holds for every subcommand: where output goes, what a failure answers, and which of several values counts.
#include "eventstore/storage/rocks_log.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

// Every subcommand that reads the data directory behind it.
const std::vector<Arguments> readings{{"verify"},
                                      {"verify", "--since-last"},
                                      {"reconcile"},
                                      {"replay", "--all", "--dry-run"},
                                      {"replay", "--all"},
                                      {"snapshot", "build"},
                                      {"snapshot", "list"},
                                      {"snapshot", "verify"},
                                      {"snapshot", "prune"},
                                      {"saga", "check"},
                                      {"events", "stats"},
                                      {"events", "tail"},
                                      {"events", "read", "s-1"},
                                      {"proof", "inclusion", "--position", "1"},
                                      {"proof", "consistency", "--from-size", "1"}};

Arguments with(Arguments arguments, const Arguments& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

std::string text_of(const Arguments& arguments) {
    std::string text;
    for (const auto& one : arguments) text += one + ' ';
    return text;
}

std::string content_of(const fs::path& file) {
    std::ifstream input{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{input}, {}};
}

}  // namespace

TEST_CASE("a result that cannot be written is a failure, in every subcommand and with --json") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    run_program({"replay", "--all", data});
    auto commands = readings;
    commands.push_back({"events", "export"});
    for (auto& command : commands) command.push_back(data);
    for (const auto& command : readings) commands.push_back(with(command, {data, "--json"}));
    commands.insert(commands.end(), {{"--help"}, {"--version"}, {"help", "verify"}});
    commands.push_back({"backup", data, "--to", (log.directory.path() / "backups").string()});
    commands.push_back({"simulate", "--runs", "1", "--orders", "1"});
    for (const auto& command : commands) {
        const auto line = text_of(command);
        CAPTURE(line);
        if (line.starts_with("snapshot list") && !line.contains("--json")) continue;  // there is none to print
        const auto full = run_redirected(">/dev/full", command);
        CHECK(full.status == 1);
        CHECK(full.err.find("cannot be written: No space left on device") != std::string::npos);
        const auto closed = run_redirected(">&-", command);
        CHECK(closed.status == 1);
        CHECK(closed.err.find("standard output cannot be written: it is closed") != std::string::npos);
    }
}

TEST_CASE("nothing that is printed gets into a file that has the number of a closed descriptor") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    const auto is_one_line = [](const std::string& text) {
        return text.starts_with("process ") && std::ranges::count(text, '\n') == 1 && text.ends_with('\n');
    };
    for (const auto& command : std::vector<Arguments>{{"events", "export", data}, {"verify", data}, {"verify"}})
        for (const auto* closed : {"<&- >&- 2>&-", ">&- 2>&-", "2>&-", "<&-", "<&- >&-"}) {
            run_redirected(closed, command);
            CHECK(is_one_line(content_of(log.data / "LOCK")));
        }
    CHECK(run_redirected("<&- 2>&-", {"verify", data}).status == 0);
    CHECK(run_program({"verify", data}).out.starts_with("the log is whole: 10 events"));
}

TEST_CASE("results are on standard output, and with --json nothing else is") {
    const LogDirectory log;
    log.grow(10);
    run_program({"replay", "--all", "--data", log.data.string()});
    for (const auto& reading : readings) {
        const auto command = with(reading, {log.data.string()});
        const auto line = text_of(command);
        CAPTURE(line);
        const auto told = run_program(command);
        CHECK_MESSAGE(told.status == 0, told.err);
        CHECK((!told.out.empty() || line.starts_with("snapshot list")));
        CHECK((told.err.empty() || line.contains("--since-last")));
        const auto json = run_program(with(command, {"--json"}));
        CHECK(json.status == 0);
        CHECK(json.err.empty());
        CHECK_FALSE(Json::parse(json.out.substr(0, json.out.find('\n'))).is_discarded());
    }
}

TEST_CASE("what fails answers with --json in JSON, too, with a code for programs") {
    const TemporaryDirectory directory;
    const auto nowhere = (directory.path() / "nowhere").string();
    const auto error_of = [](const Arguments& arguments, int status, const std::vector<std::string>& environment = {}) {
        const auto ended = run_program(arguments, environment);
        const auto line = text_of(arguments);
        CAPTURE(line);
        CHECK(ended.status == status);
        REQUIRE(std::ranges::count(ended.out, '\n') == 1);
        const auto error = Json::parse(ended.out).at("error");
        CHECK(ended.err == "sillok: " + error.at("message").get<std::string>() + '\n');
        return error.at("code").get<std::string>();
    };
    for (const auto& reading : readings) CHECK(error_of(with(reading, {nowhere, "--json"}), 1) == "not-found");
    CHECK(error_of({"verify", "--json"}, 2) == "usage");
    CHECK(error_of({"vrify", "--json"}, 2) == "usage");
    CHECK(error_of({"verify", "--json", "--dta", "x"}, 2) == "usage");
    CHECK(error_of({"verify"}, 2, {"SILLOK_JSON=true"}) == "usage");
    CHECK(error_of({"verify", "", "--json"}, 2) == "usage");
    CHECK(error_of({"events", "tail", "--json", "--server", "http://127.0.0.1:1"}, 4) == "not-reachable");
    CHECK(error_of({"backup", "--json", "--server", "http://127.0.0.1:1", "--to", "x"}, 4) == "not-reachable");
    const LogDirectory log;
    log.grow(4);
    const auto held = DataDirectory::open(log.data, DataDirectory::Mode::existing);
    CHECK(error_of({"verify", log.data.string(), "--json"}, 1) == "in-use");
    const auto config = directory.path() / "sillok.ini";
    std::ofstream{config} << "[verify]\njson=true\n";
    CHECK(error_of({"verify", nowhere, "--config", config.string()}, 1) == "not-found");
}

TEST_CASE("a typed option goes before a variable that means the opposite") {
    const LogDirectory log;
    log.grow(4);
    const auto data = log.data.string();
    const auto backups = (log.directory.path() / "backups").string();
    const std::string away = "SILLOK_SERVER=http://127.0.0.1:1";
    CHECK(run_program({"events", "tail", "--data", data}, {away}).status == 0);
    CHECK(run_program({"events", "tail", data}, {away}).status == 0);
    CHECK(run_program({"events", "read", "s-1", data}, {away}).status == 0);
    CHECK(run_program({"backup", "--data", data, "--to", backups}, {away}).status == 0);
    CHECK(run_program({"events", "tail"}, {away, "SILLOK_DATA=" + data}).status == 4);  // the server, if both are set
    CHECK(run_program({"backup", "--to", backups}, {away, "SILLOK_DATA=" + data}).status == 4);
    CHECK(run_program({"events", "tail", "--server", "http://127.0.0.1:1"}, {"SILLOK_DATA=" + data}).status == 4);
    CHECK(run_program({"backup", "--server", "http://127.0.0.1:1", "--data", data, "--to", backups}).status == 2);
    const auto config = log.directory.path() / "sillok.ini";
    std::ofstream{config} << "[events.tail]\nserver=http://127.0.0.1:1\n[events.read]\nserver=http://127.0.0.1:1\n";
    CHECK(run_program({"events", "tail", data, "--config", config.string()}).status == 0);
    CHECK(run_program({"events", "tail"}, {"SILLOK_DATA=" + data, "SILLOK_CONFIG=" + config.string()}).status == 0);
    CHECK(run_program({"events", "tail", "--config", config.string()}).status == 4);
    CHECK(run_program({"events", "stats", "--config", config.string(), data}).status == 0);
}

TEST_CASE("a variable means one thing, and none destroys") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    const auto lines = [](const Ended& ended) { return std::ranges::count(ended.out, '\n'); };
    CHECK(lines(run_program({"events", "tail", data}, {"SILLOK_EVENTS_TAIL_LIMIT=2"})) == 2);
    CHECK(lines(run_program({"events", "tail", data}, {"SILLOK_LIMIT=3"})) == 3);
    CHECK(lines(run_program({"events", "tail", data}, {"SILLOK_LIMIT=3", "SILLOK_EVENTS_TAIL_LIMIT=2"})) == 2);
    CHECK(run_program({"verify"}, {"SILLOK_VERIFY_DATA=" + data, "SILLOK_DATA=/nowhere"}).status == 0);
    const auto limited = run_program({"simulate", "--runs", "1"}, {"SILLOK_JOBS=900"});
    CHECK(limited.err.starts_with("sillok: SILLOK_JOBS: --jobs: must be a whole number from 1 to 256"));
    // SILLOK_LISTEN is the address of serve, not of the payments-simulator.
    CHECK(run_program({"serve", data}, {"SILLOK_LISTEN=everywhere"}).status == 2);
    CHECK(run_program({"serve", data}, {"SILLOK_SERVE_LISTEN=everywhere"}).status == 2);
    CHECK(run_program({"payments-simulator", "--profile", "hurry=1"}, {"SILLOK_LISTEN=everywhere"})
              .err.find("everywhere") == std::string::npos);
    CHECK(run_program({"payments-simulator"}, {"SILLOK_PAYMENTS_SIMULATOR_LISTEN=everywhere"}).status == 2);
    const auto built = run_program({"snapshot", "build", data, "--events", "1"});
    CHECK(built.status == 0);
    CHECK(run_program({"snapshot", "prune", data}, {"SILLOK_ALL=true", "SILLOK_SNAPSHOT_PRUNE_ALL=true"}).out ==
          "0 snapshots dropped\n");
    const auto backups = (log.directory.path() / "backups").string();
    CHECK(run_program({"backup", data, "--to", backups}).status == 0);
    const auto to = (log.directory.path() / "new").string();
    CHECK(run_program({"restore", "--from", backups, "--to", to}, {"SILLOK_UNTIL=2", "SILLOK_RESTORE_UNTIL=2"})
              .out.find("up to position 10") != std::string::npos);
}

TEST_CASE("a wrong line of the config file is named with file, line and what is most likely meant") {
    const TemporaryDirectory directory;
    const auto config = (directory.path() / "sillok.ini").string();
    const auto says = [&](const std::string& content, const std::string& sentence) {
        std::ofstream{config} << content;
        const auto ended = run_program({"serve", "x", "--config", config});
        CAPTURE(content);
        CHECK(ended.status == 2);
        CHECK(ended.err == "sillok: " + config + ", " + sentence + '\n');
    };
    says("# mine\n\n[serve]\nlog-levle=debug\n", "line 4: serve has no option 'log-levle'; did you mean 'log-level'?");
    says("[serev]\n", "line 1: there is no subcommand 'serev'; did you mean 'serve'?");
    says("[events.tial]\n", "line 1: there is no subcommand 'tial' of events; did you mean 'tail'?");
    says("[serve]\ndata: shop\n", "line 2: 'data: shop' does not have the form option=value");
    says("[serve\n", "line 1: a section ends with ]: [serve");
    says("serve.colour=red\n", "line 1: serve has no option 'colour'");
    says("\xFF\xFE[", "line 1: this is UTF-16: save the file as UTF-8");
    says("[serve]\nio-threads=99\n",
         "line 2: --io-threads: must be a whole number from 1 to 64; see sillok serve --help");
    const auto missing = run_program({"serve", "x", "--config", "/nowhere.ini"});
    CHECK(missing.status == 2);
    CHECK(missing.err ==
          "sillok: the config file /nowhere.ini cannot be read: No such file or directory; see sillok serve --help\n");
}

TEST_CASE("byte order mark, line ends of Windows, quotes, comments and deep sections are taken") {
    const LogDirectory log;
    log.grow(4);
    const auto config = (log.directory.path() / "sillok.ini").string();
    std::ofstream{config} << "\xEF\xBB\xBF[verify]\r\n; a comment\r\ndata=\"" << log.data.string()
                          << "\"\r\n[events.tail]\r\nlimit=1\r\n";
    CHECK(run_program({"verify", "--config", config}).status == 0);
    CHECK(std::ranges::count(run_program({"events", "tail", log.data.string(), "--config", config}).out, '\n') == 1);
}

TEST_CASE("a path that only a shell would have understood is wrong usage") {
    for (const auto& arguments : std::vector<Arguments>{
             {"serve", "--data", "~/x"}, {"verify", "~/x"}, {"restore", "--from", "~", "--to", "/tmp/x"}}) {
        const auto ended = run_program(arguments);
        CHECK(ended.status == 2);
        CHECK(ended.err.find("only a shell replaces the ~ of ~") != std::string::npos);
    }
    CHECK_FALSE(fs::exists("~"));
}

}  // namespace sillok
