// `sillok events` with a selection: a directory and a server show the same.
#include "tests/eventually.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace sillok {
namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;
using std::chrono::seconds;

void post(const std::string& url, const std::string& target, const Json& body) {
    const HttpRequest request{.method = Method::post, .target = target, .body = body.dump(), .wait_seconds = 5};
    const auto answer = exchange_once(*parse_server(url), request, seconds{5});
    REQUIRE_MESSAGE(answer.status / 100 == 2, answer.body);
}

const std::vector<Arguments> questions{
    {"events", "tail"},
    {"events", "tail", "--limit", "3"},
    {"events", "tail", "--type", "order.placed"},
    {"events", "tail", "--type", "order.placed", "--type", "order.confirmed", "--limit", "100"},
    {"events", "tail", "--category", "order", "--limit", "100"},
    {"events", "tail", "--category", "order", "--where", "data.lines.quantity>=2"},
    {"events", "tail", "--tag", "customer:c2"},
    {"events", "tail", "--since", "1h"},
    {"events", "tail", "--since", "2100-01-01T00:00:00Z"},
    {"events", "tail", "--after", "0", "--type", "stock.reserved", "--json"},
    {"events", "read", "order-17"},
    {"events", "read", "order-17", "--type", "order.confirmed"},
    {"events", "read", "order-17", "--where", "version=1", "--json"},
    {"events", "read", "order-17", "--since", "2100-01-01T00:00:00Z"},
};

}  // namespace

TEST_CASE("a directory and a server select the same events, and count the same") {
    const TemporaryDirectory directory;
    const auto data = (directory.path() / "data").string();
    ServerProcess server{program, data, {}, directory.path() / "log"};
    const auto url = server.url();
    post(url, "/v1/products", {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 1}, {"currency", "KRW"}}}});
    post(url, "/v1/products/tv/stock-receipts", {{"quantity", 10}});
    post(url, "/v1/orders", {{"orderId", "17"}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "c1"}});
    post(url, "/v1/orders", {{"orderId", "18"}, {"productId", "tv"}, {"quantity", 2}, {"customerId", "c2"}});
    const auto is_idle = [&] {
        const auto ready = exchange_once(*parse_server(url), {.target = "/readyz?verbose"}, seconds{5});
        return Json::parse(ready.body).at("sagas").at("outstanding") == 0;
    };
    CHECK(eventually(seconds{20}, "the sagas have nothing to do", is_idle));

    std::vector<Ended> of_server;
    for (auto question : questions) {
        question.insert(question.end(), {"--server", url});
        of_server.push_back(run_program(question));
    }
    const auto counted = Json::parse(run_program({"events", "stats", "--server", url, "--json"}).out);
    REQUIRE(server.stop(seconds{30}) == 0);

    for (std::size_t i = 0; i < questions.size(); ++i) {
        auto question = questions[i];
        question.insert(question.end(), {"--data", data});
        const auto of_directory = run_program(question);
        std::string line;
        for (const auto& word : question) line += word + ' ';
        CAPTURE(line);
        CHECK(of_directory.status == 0);
        CHECK(of_server[i].status == 0);
        CHECK(of_directory.out == of_server[i].out);
        CHECK(of_directory.err == of_server[i].err);
    }
    CHECK(std::ranges::count(of_server[2].out, '\n') == 2);
    CHECK(of_server[5].out.find("order-18 v1") != std::string::npos);
    CHECK(of_server[5].out.find("order-17") == std::string::npos);
    CHECK(of_server[8].out.empty());
    CHECK(of_server[8].err == "no event is selected\n");
    auto local = Json::parse(run_program({"events", "stats", "--data", data, "--json"}).out);
    CHECK(local.at("payloadBytes") > 0);
    local.erase("payloadBytes");
    CHECK(local == counted);
}

TEST_CASE("a selection that makes no sense is wrong usage, said before anything is opened") {
    const auto says = [](const Arguments& more, const std::string& sentence) {
        Arguments command{"events", "tail", "--data", "/nowhere"};
        command.insert(command.end(), more.begin(), more.end());
        const auto ended = run_program(command);
        CHECK(ended.status == 2);
        CHECK(ended.err == "sillok: " + sentence + '\n');
    };
    says({"--type", "order.plced"}, "--type: there is no event type 'order.plced'; did you mean 'order.placed'?");
    says({"--where", "data.quantity"},
         "--where: 'data.quantity' is no condition: it has the form data.quantity>=5, with =, !=, <, <=, > or >=");
    says({"--since", "10 minutes"},
         "--since: '10 minutes' is neither a length of time, such as 90s, 10m, 24h or 7d, nor a time with date, time "
         "and offset, such as 2026-11-26T15:00:00Z");
    const auto stats = run_program({"events", "stats"});
    CHECK(stats.status == 2);
    CHECK(stats.err == "sillok: give --data DIR or --server URL\n");
}

}  // namespace sillok
