// `sillok verify`, whole and since the last time.
#include "eventstore/proof/verified_head.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace sillok {
namespace {

using Json = nlohmann::json;

Json verified(const LogDirectory& log, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"verify", "--data", log.data.string(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto ended = run_program(arguments);
    REQUIRE_MESSAGE(ended.status == 0, ended.err);
    return Json::parse(ended.out);
}

}  // namespace

TEST_CASE("a verification goes on where the last one ended, and comes to the same end as a whole one") {
    const LogDirectory log;
    log.grow(300);
    const auto first = verified(log);
    CHECK(first.at("ok") == true);
    CHECK(first.at("events") == 300);
    CHECK(first.at("from") == 0);
    CHECK(first.at("root").get<std::string>().size() == 64);
    log.grow(700);
    const auto since = verified(log, {"--since-last"});
    CHECK(since.at("events") == 700);
    CHECK(since.at("from") == 300);
    CHECK(since.at("head") == 1000);
    const auto whole = verified(log);
    CHECK(whole.at("events") == 1000);
    for (const auto* field : {"head", "chainHash", "root", "streams"}) CHECK(whole.at(field) == since.at(field));
    const auto nothing_new = verified(log, {"--since-last"});
    CHECK(nothing_new.at("events") == 0);
    CHECK(nothing_new.at("root") == whole.at("root"));
}

TEST_CASE("a log without events is called empty") {
    const LogDirectory log;
    log.grow(0);
    const auto empty = run_program({"verify", "--data", log.data.string()});
    CHECK(empty.status == 0);
    CHECK(empty.out.starts_with("the log is empty\nroot "));
}

TEST_CASE("it says what it did not look at, and looks at everything where it knows of no last time") {
    const LogDirectory log;
    log.grow(10);
    const std::vector<std::string> arguments{"verify", "--data", log.data.string(), "--since-last"};
    CHECK(run_program(arguments).err.find("nothing was verified here before") != std::string::npos);
    CHECK(run_program(arguments).out.find("not looked at: the events up to position 10") != std::string::npos);
    std::ofstream{log.data / "VERIFIED"} << "yes, really";
    const auto damaged = run_program(arguments);
    CHECK(damaged.status == 0);
    CHECK(damaged.err.find("VERIFIED is damaged: everything is verified") != std::string::npos);
    CHECK(damaged.out.find("not looked at") == std::string::npos);
}

TEST_CASE("a verified head of another log is no place to go on from") {
    const LogDirectory log, other;
    log.grow(10);
    other.grow(12);
    verified(other);
    std::filesystem::copy(other.data / "VERIFIED", log.data / "VERIFIED");
    const auto ended = run_program({"verify", "--data", log.data.string(), "--since-last"});
    CHECK(ended.status == 3);
    CHECK(ended.out ==
          "position 12: the log was verified up to here, and ends at 10\n"
          "the log is not what was written: keep this directory, and restore a backup beside it\n");

    // Looking at everything must not know less, and must not forget what contradicts it.
    const auto whole = run_program({"verify", "--data", log.data.string(), "--json"});
    CHECK(whole.status == 3);
    const auto report = Json::parse(whole.out);
    CHECK(report.at("ok") == false);
    CHECK(report.at("problems").at(0).at("what").get<std::string>().find("has seen position 12") != std::string::npos);
    CHECK(read_verified_head(log.data / "VERIFIED").value()->position == Position{12});
}

}  // namespace sillok
