// Small things that an operator meets: words that are nearly right, gzipped files, a check before a start, a server
// that is waited for.
#include "tests/temporary_directory.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

void says(const Arguments& arguments, int status, const std::string& sentence) {
    const auto ended = run_program(arguments);
    CHECK(ended.status == status);
    CHECK(ended.err == "sillok: " + sentence + '\n');
}

std::string gzipped(const fs::path& file, const std::string& content) {
    std::ofstream{file} << content;
    REQUIRE(run_program("/bin/gzip", {"-f", file.string()}, {}).status == 0);
    return file.string() + ".gz";
}

std::set<std::string> names_in(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator{directory}) names.insert(entry.path().string());
    return names;
}

// The fields of a row: option, value, source.
std::string source_of(const std::string& table, const std::string& option) {
    const auto begin = table.find(option + ' ');
    REQUIRE(begin != std::string::npos);
    const auto row = table.substr(begin, table.find('\n', begin) - begin);
    return row.substr(row.find_last_of(' ', row.find_last_not_of(' ')) + 1);
}

}  // namespace

TEST_CASE("a misspelt subcommand is named also when help was asked for") {
    says({"serv", "--help"}, 2, "there is no subcommand 'serv'; did you mean 'serve'? See sillok --help");
    says({"events", "tial", "--help"}, 2,
         "there is no subcommand 'tial' of events; did you mean 'tail'? See sillok events --help");
    CHECK(run_program({"serve", "--dta", "x", "--help"}).status == 0);  // the options are shown
    CHECK(run_program({"verify", "x", "y", "--help"}).status == 0);
}

TEST_CASE("a misspelt read model is named with the one that is meant") {
    const LogDirectory log;
    log.grow(2);
    says({"replay", "--projection", "order_histry", "--data", log.data.string()}, 2,
         "there is no projection 'order_histry'; did you mean 'order_history'?");
    CHECK(run_program({"replay", "--projection", "x", "--data", log.data.string()})
              .err.contains("; there are order_history, "));
}

TEST_CASE("a loss is not accepted where there is none") {
    const LogDirectory log;
    log.grow(10);
    const auto before = names_in(log.data);
    says({"serve", "--data", log.data.string(), "--listen", "127.0.0.1:0", "--accept-loss", "5"}, 1,
         "there is no loss to accept: all that have seen the log in " + (log.data / "log").string() +
             " agree with it, up to its end at position 10; leave --accept-loss out");
    CHECK(Json::parse(run_program({"verify", log.data.string(), "--json"}).out).at("events") == 10);
    const TemporaryDirectory directory;
    const auto nowhere = directory.path() / "new";
    CHECK(run_program({"serve", "--data", nowhere.string(), "--listen", "127.0.0.1:0", "--accept-loss", "0"}).status ==
          1);
    CHECK_FALSE(fs::exists(nowhere));
}

TEST_CASE("an import of nothing is a failure") {
    const TemporaryDirectory directory;
    const auto file = (directory.path() / "retail.csv").string();
    std::ofstream{file} << "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    says({"import", "online-retail", file, "--server", "http://127.0.0.1:1"}, 1,
         file + " has no row behind its header: there is nothing to import");
}

TEST_CASE("what waits for a server says so at once") {
    const TemporaryDirectory directory;
    const auto file = (directory.path() / "retail.csv").string();
    std::ofstream{file} << "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                           "536365,85123A,HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom\n";
    for (const auto& command : std::vector<Arguments>{{"import", "online-retail", file},
                                                      {"bench", "orders", "--seconds", "1", "--clients", "1"}}) {
        auto arguments = command;
        arguments.insert(arguments.end(), {"--server", "http://127.0.0.1:1"});
        const auto ended = run_program(arguments);
        CHECK(ended.status == 4);
        CHECK(ended.err ==
              "no server answers at http://127.0.0.1:1: connection refused; waiting for it\n"
              "sillok: no server answers at http://127.0.0.1:1: connection refused\n");
    }
}

TEST_CASE("gzipped files are read where a file is read, or refused in words") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    const auto in = [&](const char* name) { return log.directory.path() / name; };
    const auto proof = run_program({"proof", "inclusion", "--position", "7", data}).out;
    const auto root = Json::parse(proof).at("root").get<std::string>();
    const auto packed = gzipped(in("proof.json"), proof);
    const fs::path checker{SILLOK_PROOF_CHECKER};
    CHECK(run_program(checker, {packed, "--root", root}, {}).status == 0);
    CHECK(run_redirected("<" + packed, {"--root", root}, checker).status == 0);
    fs::resize_file(packed, fs::file_size(packed) - 20);
    const auto cut = run_program(checker, {packed, "--root", root}, {});
    CHECK(cut.status == 1);
    CHECK(cut.err == "sillok-check-proof: cannot read " + packed + ": unexpected end of file\n");
    CHECK(run_program(checker, {in("nowhere").string()}, {}).err ==
          "sillok-check-proof: cannot open " + in("nowhere").string() + ": No such file or directory\n");

    CHECK(run_program({"reconcile", data, "--ledger", gzipped(in("empty.jsonl"), "")}).status == 0);
    const auto wrong = gzipped(in("wrong.jsonl"), "not a line\n");
    CHECK(run_program({"reconcile", data, "--ledger", wrong}).err.starts_with("sillok: " + wrong + ", line 1: "));
    const auto config = gzipped(in("sillok.ini"), "[verify]\n");
    CHECK(run_program({"verify", data, "--config", config}).err ==
          "sillok: " + config + ", line 1: this is gzipped: unpack it\n");
}

TEST_CASE("a check before a start prints what would be in force, and leaves nothing") {
    const LogDirectory log;
    log.grow(10);
    const auto in = [&](const char* name) { return (log.directory.path() / name).string(); };
    std::ofstream{in("sillok.ini")} << "[serve]\nbackups=" << in("backups") << "\nlog-format=json\n";
    const Arguments line{"serve",    "--check",        "--data",   log.data.string(),
                         "--config", in("sillok.ini"), "--listen", "127.0.0.1:0"};
    const auto before = names_in(log.directory.path());
    const std::string secret = "SILLOK_PAYMENTS_WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const auto checked = run_program(line, {"SILLOK_LOG_LEVEL=WARNING", secret});
    CHECK_MESSAGE(checked.status == 0, checked.err);
    CHECK(checked.err.empty());
    CHECK(names_in(log.directory.path()) == before);
    CHECK(source_of(checked.out, "--data") == "typed");
    CHECK(source_of(checked.out, "--log-level") == "SILLOK_LOG_LEVEL");
    CHECK(source_of(checked.out, "--log-format") == "3");  // sillok.ini, line 3
    CHECK(source_of(checked.out, "--io-threads") == "default");
    CHECK(checked.out.contains("(secret)"));
    CHECK_FALSE(checked.out.contains("whsec_"));
    CHECK(checked.out.ends_with("it could be started so\n"));

    auto as_json = line;
    as_json.emplace_back("--json");
    const auto json = Json::parse(run_program(as_json).out);
    CHECK(json.at("ok") == true);
    for (const auto& option : json.at("options")) {
        if (option.at("option") != "--log-format") continue;
        CHECK(option.at("value") == "json");
        CHECK(option.at("source") == in("sillok.ini") + ", line 3");
    }
    CHECK(json.at("options").size() > 15);
}

TEST_CASE("a check before a start refuses what a start would refuse") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string();
    const auto check = [&](Arguments more) {
        more.insert(more.begin(), {"serve", "--check", "--listen", "127.0.0.1:0"});
        return run_program(more);
    };
    const auto nowhere = (log.directory.path() / "new").string();
    const auto made = check({"--data", nowhere});
    CHECK(made.status == 0);
    CHECK(made.out.ends_with("it could be started so; " + nowhere + " would be made\n"));
    CHECK_FALSE(fs::exists(nowhere));
    CHECK(check({"--data", data, "--log-level", "loud"}).status == 2);
    CHECK(check({"--data", data, "--listen", "0.0.0.0:1"}).status == 2);
    CHECK(run_program({"serve", "--data", data, "--json"}).err ==
          "sillok: --json needs --check: a server prints only where it listens\n");
    {
        const auto held = DataDirectory::open(log.data, DataDirectory::Mode::existing);
        CHECK(check({"--data", data}).status == 1);
    }
    fs::remove(log.data / "log" / "CURRENT");
    CHECK(check({"--data", data}).status == 1);
}

}  // namespace sillok
