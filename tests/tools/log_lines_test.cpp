#include "api/log_line.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/repeated_lines.hpp"
#include "tools/server_notes.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

struct CountedLines {
    std::ostringstream written;
    spdlog::logger logger{"",
                          std::make_shared<RepeatedLines>(std::make_shared<spdlog::sinks::ostream_sink_mt>(written))};

    CountedLines() {
        logger.set_pattern("%l %v");
        logger.set_level(spdlog::level::debug);
    }
    std::string taken() {
        std::string text = written.str();
        written.str("");
        std::ranges::replace(text, log_fields_begin, ' ');
        return text;
    }
};

std::string lines_of(const std::filesystem::path& log) {
    std::ifstream in{log};
    return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

TEST_CASE("a repeated warning is written once, and how often it was repeated at the flush") {
    CountedLines lines;
    for (int i = 0; i < 5; ++i) lines.logger.warn("the disk is slow");
    lines.logger.error("the disk is slow");
    CHECK(lines.taken() == "warning the disk is slow\nerror the disk is slow\n");
    lines.logger.flush();
    CHECK(lines.taken() == "warning the disk is slow {\"repeated\":4}\n");
    lines.logger.flush();
    CHECK(lines.taken().empty());
    lines.logger.warn("the disk is slow");
    CHECK(lines.taken() == "warning the disk is slow\n");
}

TEST_CASE("lines that differ in their fields alone are the same; what is below a warning is never counted") {
    CountedLines lines;
    for (int i = 0; i < 3; ++i) {
        lines.logger.warn("refused{}{{\"trace\":{}}}", log_fields_begin, i);
        lines.logger.info("started");
    }
    CHECK(lines.taken() == "warning refused {\"trace\":0}\ninfo started\ninfo started\ninfo started\n");
    lines.logger.flush();
    CHECK(lines.taken() == "warning refused {\"repeated\":2}\n");
}

TEST_CASE("more different sentences than are remembered pass uncounted") {
    CountedLines lines;
    for (std::size_t i = 0; i < RepeatedLines::sentences_max + 10; ++i) lines.logger.warn("{}", i);
    lines.logger.warn("one more");
    lines.logger.warn("one more");
    const auto text = lines.taken();
    CHECK(std::ranges::count(text, '\n') == RepeatedLines::sentences_max + 12);
}

TEST_CASE("a provider's URL is logged without what may be secret in it") {
    CHECK(without_secrets("simulator:decline=0.1") == "simulator:decline=0.1");
    CHECK(without_secrets("http://127.0.0.1:8090") == "http://127.0.0.1:8090");
    CHECK(without_secrets("https://user:word@pay.example/v1/@x?key=1#a") == "https://pay.example/v1/@x");
}

TEST_CASE("a server's log says what it serves, each request at debug, and how it was stopped") {
    const TemporaryDirectory directory;
    const auto log = directory.path() / "log";
    const auto data = directory.path() / "data";
    {
        ServerProcess server{program, data, {"--log-format", "json", "--log-level", "debug"}, log};
        const auto address = *parse_server(server.url());
        CHECK(exchange_once(address, {.target = "/v1/orders/none"}, 15s).status == 404);
        ::kill(server.pid(), SIGHUP);
        CHECK(exchange_once(address, {.target = "/livez"}, 15s).status == 200);
        CHECK(server.stop(20s) == 0);
    }
    std::map<std::string, Json> by_message;
    std::istringstream lines{lines_of(log)};
    for (std::string line; std::getline(lines, line);) {
        auto json = Json::parse(line);
        by_message.emplace(json.at("message").get<std::string>(), std::move(json));
    }
    const auto& started = by_message.at("started");
    CHECK(started.at("data") == data.string());
    CHECK(started.at("position") == 0);
    CHECK(started.at("lastStop") == "none is known");
    CHECK(started.at("payments") == "simulator");
    CHECK(started.at("logId").get<std::string>().size() == 36);
    const auto& refused = by_message.at("refused: order-unknown");
    CHECK(refused.at("level") == "debug");
    CHECK(refused.at("method") == "GET");
    CHECK(refused.at("route") == "/v1/orders/{id}");
    CHECK(refused.at("path") == "/v1/orders/none");
    CHECK(refused.at("status") == 404);
    CHECK(refused.at("traceId").get<std::string>().size() == 32);
    CHECK(refused.at("micros").is_number_unsigned());
    CHECK(by_message.contains("request"));
    CHECK(by_message.contains("stopping: SIGTERM"));
    CHECK(by_message.at("stopped").at("position") == 0);

    {
        ServerProcess server{program, data, {}, log};
        server.kill();
    }
    CHECK(lines_of(log).find("lastStop=\"in order\"") != std::string::npos);
    {
        ServerProcess server{program, data, {}, log};
        CHECK(server.stop(20s) == 0);
    }
    CHECK(lines_of(log).find("lastStop=\"not in order\" lastKnown=0") != std::string::npos);
}

}  // namespace sillok
