// The program as its users meet it: exit statuses, where options come from, what --json prints.
#include "tests/tools/program.hpp"
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "api/data_directory.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tests/temporary_directory.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::json;

// One JSON object on standard output and nothing else.
Json json_of(const Ended& ended) {
    REQUIRE_MESSAGE(ended.status == 0, ended.err);
    CHECK(ended.out.ends_with('\n'));
    CHECK(ended.out.find('\n') == ended.out.size() - 1);
    return Json::parse(ended.out);
}

// A day at a small shop, with every trap of the real data set.
const std::string small_day =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
    "536365,71053,\"LANTERN, METAL\",4,12/1/2010 8:26,3.39,17850,United Kingdom\n"
    "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
    "536366,85123a,OTHER HEART,2,12/1/2010 8:28,0.125,,United Kingdom\n"
    "536367,BANK CHARGES,Bank Charges,1,12/1/2010 8:34,15,,United Kingdom\n"
    "536367,PADS,PADS TO MATCH,1,12/1/2010 8:34,0.001,,United Kingdom\n"
    "C536379,85123A,WHITE HANGING HEART T-LIGHT HOLDER,-1,12/1/2010 9:41,2.55,17850,United Kingdom\n"
    "536380,71053,,5,12/1/2010 9:45,0,,United Kingdom\n"
    "536381,71053,,-3,12/1/2010 9:45,0,,United Kingdom\n"
    "A563185,B,Adjust bad debt,1,8/12/2011 14:50,11062.06,,United Kingdom\n";

struct ServerFixture {
    TemporaryDirectory directory;
    std::filesystem::path data = directory.path() / "data";
    std::filesystem::path file = directory.path() / "day.csv";
    std::optional<ServerProcess> server;

    ServerFixture() {
        std::ofstream{file} << small_day;
        open();
    }
    void open() { server.emplace(program, data, std::vector<std::string>{}, directory.path() / "log"); }
    void close() { CHECK(server->stop(std::chrono::seconds{30}) == 0); }

    [[nodiscard]] Ended import(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"import",   "online-retail", file.string(),
                                           "--server", server->url(),   "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_program(arguments);
    }
    [[nodiscard]] Json get(const std::string& target) const {
        const auto answer = exchange_once(*parse_server(server->url()), {.method = Method::get, .target = target},
                                          std::chrono::seconds{5});
        REQUIRE_MESSAGE(answer.status == 200, answer.body);
        return Json::parse(answer.body);
    }
};

Json without_seconds(Json result) {
    CHECK(result.at("seconds").is_number());
    result.erase("seconds");
    return result;
}

}  // namespace

TEST_CASE("every subcommand explains itself with an example") {
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{{"serve"},
                                                                                         {"payments-simulator"},
                                                                                         {"reconcile"},
                                                                                         {"replay"},
                                                                                         {"snapshot"},
                                                                                         {"snapshot", "list"},
                                                                                         {"snapshot", "build"},
                                                                                         {"snapshot", "verify"},
                                                                                         {"snapshot", "prune"},
                                                                                         {"events"},
                                                                                         {"events", "read"},
                                                                                         {"events", "tail"},
                                                                                         {"events", "stats"},
                                                                                         {"events", "export"},
                                                                                         {"events", "import"},
                                                                                         {"verify"},
                                                                                         {"proof"},
                                                                                         {"proof", "inclusion"},
                                                                                         {"proof", "consistency"},
                                                                                         {"backup"},
                                                                                         {"restore"},
                                                                                         {"import", "online-retail"},
                                                                                         {"bench"},
                                                                                         {"bench", "append"},
                                                                                         {"bench", "orders"},
                                                                                         {"bench", "hot-product"},
                                                                                         {"bench", "rebuild"}}) {
        auto arguments = command;
        arguments.emplace_back("--help");
        const auto help = run_program(arguments);
        CAPTURE(command.back());
        CHECK(help.status == 0);
        CHECK(help.out.find("Example:\n  sillok " + command.front()) != std::string::npos);
        CHECK(help.err.empty());
    }
}

TEST_CASE("wrong usage is status 2, and says what is wrong") {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"dance"},
        {"serve"},
        {"serve", "--data", "/tmp/x", "--colour", "red"},
        {"serve", "--data", "/tmp/x", "--auth", "none"},
        {"serve", "--data", "/tmp/x", "--listen", "everywhere"},
        {"serve", "--data", "/tmp/x", "--payments", "barter"},
        {"serve", "--data", "/tmp/x", "--breaker", "never"},
        {"payments-simulator", "--listen", "everywhere"},
        {"payments-simulator", "--profile", "hurry=1"},
        {"payments-simulator", "--authorisations-max", "0"},
        {"reconcile"},
        {"reconcile", "--data", "/tmp/x", "--ledger", "https://pay.example"},
        {"replay", "--data", "/tmp/x"},
        {"replay", "--data", "/tmp/x", "--all", "--projection", "orders"},
        {"snapshot", "--data", "/tmp/x"},
        {"events", "read", "order-1"},
        {"events", "tail", "--data", "/tmp/x", "--follow"},
        {"proof", "--data", "/tmp/x"},
        {"backup", "--to", "/tmp/x"},
        {"backup", "--data", "/tmp/x", "--server", "http://a:1", "--to", "/tmp/y"},
        {"restore", "--from", "/tmp/x"},
        {"proof", "inclusion", "--data", "/tmp/x"},
        {"proof", "consistency", "--data", "/tmp/x", "--from", "some"},
        {"import", "online-retail", "x.csv"},
        {"import", "online-retail", "x.csv", "--server", "nowhere"},
        {"import", "online-retail", "x.csv", "--server", "http://a:1", "--stock-factor", "-1"},
        {"bench", "append", "--clients", "0"},
        {"bench", "rebuild", "--orders", "0"}};
    for (const auto& arguments : wrong) {
        const auto ended = run_program(arguments);
        std::string line;
        for (const auto& argument : arguments) line += argument + ' ';
        CAPTURE(line);
        CHECK(ended.status == 2);
        CHECK(ended.out.empty());
        CHECK_FALSE(ended.err.empty());
    }
}

TEST_CASE("help and version are options, and can be typed as subcommands") {
    CHECK(run_program({"version"}).out == run_program({"--version"}).out);
    const std::vector<std::vector<std::string>> commands{{}, {"serve"}, {"events", "read"}};
    for (const auto& command : commands) {
        auto typed = command;
        typed.insert(typed.begin(), "help");
        auto option = command;
        option.emplace_back("--help");
        const auto help = run_program(typed);
        CHECK(help.status == 0);
        CHECK(help.out == run_program(option).out);
        CHECK(help.err.empty());
    }
    CHECK(run_program({"help", "dance"}).status == 2);
}

TEST_CASE("an argument that is not understood is named, also where something else is missing") {
    const auto says = [](const std::vector<std::string>& arguments, const std::string& sentence) {
        const auto ended = run_program(arguments);
        CHECK(ended.status == 2);
        CHECK(ended.err == "sillok: " + sentence + " --help\n");
    };
    says({"serv", "--data", "./d"}, "there is no subcommand 'serv'; did you mean 'serve'? See sillok");
    says({"snapshot", "lsit", "--data", "./d"},
         "there is no subcommand 'lsit' of snapshot; did you mean 'list'? See sillok snapshot");
    says({"-v"}, "-v is not an option of sillok; did you mean '--version'? See sillok");
    says({"verify"}, "--data is required; see sillok verify");
    says({"snapshot"}, "snapshot needs a subcommand: list, build, verify, prune; see sillok snapshot");
    says({"events", "tail", "./d", "--after", "x"},
         "--after: 'x' is not a whole number of 0 or more; see sillok events tail");
    says({"events", "tail", "./d", "--after"}, "--after needs a value; see sillok events tail");
    says({"frobnicate"}, "there is no subcommand 'frobnicate'; see sillok");
    says({"help", "frobnicate"}, "there is no subcommand 'frobnicate'; see sillok");
    says({"events", "frobnicate"}, "there is no subcommand 'frobnicate' of events; see sillok events");
    says({"--dta", "./d"}, "--dta is not an option of sillok; see sillok");
    says({"serve", "--dta", "./d"}, "--dta is not an option of serve; did you mean '--data'? See sillok serve");
    says({"serve", "--dta=./d"}, "--dta is not an option of serve; did you mean '--data'? See sillok serve");
    says({"events", "read", "s", "--to", "x"}, "--to is not an option of events read; see sillok events read");
    says({"--data", "./d", "serve"}, "--data must follow serve; see sillok serve");
    says({"verify", "./d", "./e"}, "verify takes no argument './e'; see sillok verify");
}

TEST_CASE("a value that is refused is answered with the rule") {
    const auto says = [](std::vector<std::string> arguments, const std::string& option, const std::string& value,
                         const std::string& rule) {
        arguments.insert(arguments.end(), {option, value});
        const auto ended = run_program(arguments);
        CHECK(ended.status == 2);
        CHECK(ended.err.starts_with("sillok: " + option + ": " + rule));
        CHECK(std::ranges::count(ended.err, '\n') == 1);
    };
    says({"simulate"}, "--runs", "0", "must be 1 or more");
    says({"simulate"}, "--orders", "-1", "must be 1 or more");
    says({"bench", "rebuild"}, "--orders", "0", "must be 1 or more");
    says({"snapshot", "build", "--data", "x"}, "--events", "0", "must be 1 or more");
    says({"snapshot", "verify", "--data", "x"}, "--sample", "some", "must be 1 or more");
    says({"events", "read", "s", "--data", "x"}, "--limit", "0", "must be 1 or more");
    says({"serve", "--data", "x"}, "--io-threads", "99", "must be a whole number from 1 to 64; see");
    says({"serve", "--data", "x"}, "--log-level", "debgu",
         "must be one of debug, info, warn, error; did you mean 'debug'? See sillok serve");
    says({"serve", "--data", "x"}, "--log-level", "loud", "must be one of debug, info, warn, error");
    says({"serve", "--data", "x"}, "--log-format", "xml", "must be one of text, json");
    says({"serve", "--data", "x"}, "--auth", "none", "must be one of off, jwt");
}

TEST_CASE("an empty value, as of a variable that is not set, is wrong usage") {
    const auto says = [](const std::vector<std::string>& arguments, const std::string& name) {
        const auto ended = run_program(arguments);
        CHECK(ended.status == 2);
        CHECK(ended.err == "sillok: " + name + " is empty: give a value, or leave it out\n");
    };
    says({"restore", "--from", "/tmp/x", "--to", "/tmp/y", "--until", ""}, "--until");
    says({"serve", "--data", ""}, "--data");
    says({"serve", "--data", "x", "--backups", ""}, "--backups");
    says({"events", "read", "", "--data", "x"}, "stream");
}

TEST_CASE("where no server answers, the sentence says where and why") {
    const std::string nowhere = "http://127.0.0.1:1";
    for (const auto& arguments : std::vector<std::vector<std::string>>{{"events", "tail", "--server", nowhere},
                                                                       {"backup", "--server", nowhere, "--to", "x"}}) {
        const auto ended = run_program(arguments);
        CHECK(ended.status == 4);
        CHECK(ended.err == "sillok: no server answers at http://127.0.0.1:1: connection refused\n");
    }
}

TEST_CASE("a log line has the level's word as --log-level takes it, and the signal's name") {
    const TemporaryDirectory directory;
    for (const std::vector<std::string>& format : std::vector<std::vector<std::string>>{
             {"--log-level", "warning"}, {"--log-level", "info"}, {"--log-format", "json"}}) {
        const auto log = directory.path() / format.back();
        ServerProcess server{program, directory.path() / "data", format, log};
        HttpRequest open{.method = Method::post, .target = "/v1/admin/breakers/payments/open"};
        CHECK(exchange_once(*parse_server(server.url()), open, std::chrono::seconds{5}).status == 200);
        CHECK(server.stop(std::chrono::seconds{30}) == 0);
        std::ifstream file{log};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        CAPTURE(text);
        const bool is_json = format.back() == "json";
        const auto* opened = is_json ? R"("level":"warn","message":"the payment provider's circuit breaker is)"
                                     : "Z warn the payment provider's circuit breaker is set to open";
        CHECK(text.find(opened) != std::string::npos);
        CHECK((text.find("stopping: SIGTERM") != std::string::npos) == (format.back() != "warning"));
    }
}

TEST_CASE("without authentication it serves loopback addresses only") {
    const TemporaryDirectory directory;
    const auto data = (directory.path() / "data").string();
    const auto open = run_program({"serve", "--data", data, "--listen", "0.0.0.0:0"});
    CHECK(open.status == 2);
    CHECK(open.err.find("loopback") != std::string::npos);
    const auto jwt = run_program({"serve", "--data", data, "--auth", "jwt"});
    CHECK(jwt.status == 2);
    CHECK(jwt.err.find("--auth jwt is not built yet") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(data));
}

TEST_CASE("an option may come from the environment or a file; what is typed wins, then the environment") {
    const TemporaryDirectory directory;
    const auto config = directory.path() / "sillok.ini";
    std::ofstream{config} << "[verify]\ndata=/in/the/file\n";
    const auto where = [](const Ended& ended) {
        CHECK(ended.status == 1);
        const auto begin = ended.err.rfind(' ');
        return ended.err.substr(begin + 1, ended.err.size() - begin - 2);
    };
    CHECK(where(run_program({"verify", "--data", "/typed"})) == "/typed");
    CHECK(where(run_program({"verify"}, {"SILLOK_DATA=/in/the/environment"})) == "/in/the/environment");
    CHECK(where(run_program({"verify", "--config", config.string()})) == "/in/the/file");
    CHECK(where(run_program({"verify"}, {"SILLOK_CONFIG=" + config.string()})) == "/in/the/file");
    CHECK(where(run_program({"verify", "--config", config.string()}, {"SILLOK_DATA=/in/the/environment"})) ==
          "/in/the/environment");
    CHECK(where(run_program({"verify", "--data", "/typed"}, {"SILLOK_DATA=/in/the/environment"})) == "/typed");
}

TEST_CASE("an option that a config file invents is wrong usage") {
    const TemporaryDirectory directory;
    const auto config = directory.path() / "sillok.ini";
    std::ofstream{config} << "[serve]\ncolour=red\n";
    CHECK(run_program({"serve", "--data", "/tmp/x", "--config", config.string()}).status == 2);
}

TEST_CASE("a day's orders go in, are counted as a spreadsheet would, and are the same the second time") {
    ServerFixture shop;
    const Json expected{{"products", 6},
                        {"ordersPlaced", 3},
                        {"confirmed", 3},
                        {"rejected", 0},
                        {"lines", 6},
                        {"units", 20},
                        {"revenuePence", 12 * 255 + 4 * 339 + 2 * 13 + 1500},
                        {"adjustments", 3},          // five pieces found, three of them lost again, and the bad debt's
                        {"adjustmentsRefused", 1}};  // every heart is reserved: none can be taken away
    CHECK(without_seconds(json_of(shop.import())) == expected);
    const auto head = shop.get("/readyz?verbose").at("log").at("head");
    CHECK(without_seconds(json_of(shop.import())) == expected);
    CHECK(shop.get("/readyz?verbose").at("log").at("head") == head);

    const auto order = shop.get("/v1/orders/inv-536365");
    CHECK(order.at("state") == "confirmed");
    CHECK(order.at("customerId") == "c-17850");
    CHECK(order.at("lines").size() == 3);
    CHECK(order.at("lines").at(1).at("productName") == "LANTERN, METAL");
    CHECK(order.at("total").at("amount") == 12 * 255 + 4 * 339);
    CHECK(shop.get("/v1/stock/85123A").at("reserved") == 12);
    CHECK(shop.get("/v1/stock/71053").at("onHand") == 6);
    CHECK(shop.get("/v1/products/BANK%2520CHARGES").at("name") == "Bank Charges");
    CHECK(shop.get("/v1/orders/inv-536367").at("lines").at(1).at("unitPrice").at("amount") == 0);

    const auto other = shop.import({"--stock-factor", "2"});
    CHECK(other.status == 1);
    CHECK(other.err.find("imported here before") != std::string::npos);
}

TEST_CASE("with half the stock some orders are rejected, and what was reserved for them is free again") {
    ServerFixture shop;
    const auto result = json_of(shop.import({"--stock-factor", "0.5"}));
    CHECK(result.at("ordersPlaced") == 3);
    CHECK(result.at("confirmed").get<int>() + result.at("rejected").get<int>() == 3);
    CHECK(result.at("rejected").get<int>() >= 2);
    const auto rejected = shop.get("/v1/orders/inv-536365");
    CHECK(rejected.at("state") == "rejected");
    CHECK(rejected.at("reason") == "insufficient-stock");
    CHECK(shop.get("/v1/stock/85123A").at("reserved") == 0);
    CHECK(shop.get("/v1/stock/71053").at("reserved") == 0);
}

TEST_CASE("an import that cannot go on ends with one sentence") {
    const TemporaryDirectory directory;
    const auto missing = run_program({"import", "online-retail", "/nowhere.csv", "--server", "http://127.0.0.1:1"});
    CHECK(missing.status == 1);
    CHECK(missing.err == "sillok: cannot open /nowhere.csv: No such file or directory\n");
    const auto file = directory.path() / "bad.csv";
    std::ofstream{file} << "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,2\n";
    const auto bad = run_program({"import", "online-retail", file.string(), "--server", "http://127.0.0.1:1"});
    CHECK(bad.status == 1);
    CHECK(bad.err == "sillok: " + file.string() + ", line 2: 2 fields instead of 8\n");
}

TEST_CASE("the log is read from a server and, when it is at rest, from its directory") {
    ServerFixture shop;
    json_of(shop.import());
    const std::vector<std::string> from_server{"--server", shop.server->url()};
    const std::vector<std::string> from_directory{"--data", shop.data.string()};
    const auto read = [](std::vector<std::string> arguments, const std::vector<std::string>& source) {
        arguments.insert(arguments.end(), source.begin(), source.end());
        return run_program(arguments);
    };
    const std::vector<std::string> order{"events", "read", "order-inv-536365", "--json"};
    const std::vector<std::string> last_events{"events", "tail", "--limit", "3", "--json"};
    const std::vector<std::string> all{"events", "tail", "--after", "0", "--json"};
    const auto served_order = json_of(read(order, from_server));
    const auto served_newest = read(last_events, from_server).out;
    const auto served_all = read(all, from_server).out;
    const auto locked = read(order, from_directory);
    CHECK(locked.status == 1);
    CHECK(locked.err.find("in use by another process") != std::string::npos);
    const auto head = shop.get("/readyz?verbose").at("log").at("head").get<std::ptrdiff_t>();
    shop.close();

    CHECK(served_order.at("events").at(0).at("type") == "order.placed");
    CHECK(served_order.at("events").at(1).at("type") == "order.confirmed");
    CHECK(json_of(read(order, from_directory)) == served_order);
    CHECK(std::ranges::count(served_newest, '\n') == 3);
    CHECK(read(last_events, from_directory).out == served_newest);
    CHECK(std::ranges::count(served_all, '\n') == head);
    CHECK(read(all, from_directory).out == served_all);

    const auto stats = json_of(run_program({"events", "stats", "--data", shop.data.string(), "--json"}));
    CHECK(stats.at("events") == head);
    CHECK(stats.at("eventsByType").at("order.placed") == 3);
    CHECK(stats.at("streamsByCategory").at("order") == 3);
}

TEST_CASE("a log at rest is verified, replayed and snapshotted") {
    ServerFixture shop;
    json_of(shop.import());
    shop.close();
    const auto data = shop.data.string();

    const auto verified = json_of(run_program({"verify", "--data", data, "--json"}));
    CHECK(verified.at("ok") == true);
    CHECK(verified.at("problems").empty());
    CHECK(verified.at("events") == verified.at("head"));
    CHECK(verified.at("chainHash").get<std::string>().size() == 64);
    CHECK(verified.at("streams").get<int>() > 10);

    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"replay", "--all", "--data", data, "--dry-run", "--json"},
                                               {"replay", "--all", "--data", data, "--json"}}) {
        const auto replayed = json_of(run_program(arguments)).at("projections");
        CHECK(replayed.size() == 5);
        for (const auto& one : replayed) {
            CAPTURE(one.dump());
            CHECK(one.at("differences") == 0);
            CHECK(one.at("compared") == true);
            CHECK(one.at("switched") == (arguments.size() == 5));
            CHECK(one.at("events") == verified.at("events"));
            for (const auto* field : {"name", "version", "seconds", "eventsPerSecond", "rows"})
                CHECK(one.contains(field));
        }
    }
    const auto one =
        json_of(run_program({"replay", "--projection", "stock_levels", "--data", data, "--json"})).at("projections");
    CHECK(one.size() == 1);
    CHECK(one.at(0).at("rows") == 6);
    const auto unknown = run_program({"replay", "--projection", "weather", "--data", data});
    CHECK(unknown.status == 2);
    CHECK(unknown.err.find("order_history") != std::string::npos);

    const std::vector<std::string> list{"snapshot", "list", "--data", data, "--json"};
    CHECK(json_of(run_program(list)).at("snapshots").empty());
    const auto built =
        json_of(run_program({"snapshot", "build", "--data", data, "--events", "2", "--json"})).at("built");
    CHECK(built.get<std::size_t>() > 3);
    const auto listed = json_of(run_program(list)).at("snapshots");
    CHECK(listed.size() == built.get<std::size_t>());
    CHECK(listed.at(0).at("usable") == true);
    const auto proved = json_of(run_program({"snapshot", "verify", "--data", data, "--json"}));
    CHECK(proved.at("ok") == true);
    CHECK(proved.at("checked") == built);
    const auto some = json_of(run_program({"snapshot", "verify", "--data", data, "--sample", "2", "--json"}));
    CHECK(some.at("ok") == true);
    CHECK(some.at("checked") == 2);
    CHECK(some.at("usable") == built);
    CHECK(json_of(run_program({"snapshot", "prune", "--data", data, "--json"})).at("dropped") == 0);
    CHECK(json_of(run_program({"snapshot", "prune", "--data", data, "--all", "--json"})).at("dropped") == built);
    CHECK(json_of(run_program(list)).at("snapshots").empty());

    CHECK(json_of(run_program({"verify", "--data", data, "--json"})) == verified);
    shop.open();
    CHECK(shop.get("/v1/orders/inv-536366").at("state") == "confirmed");
}

TEST_CASE("a snapshot that lies is named, although its checksum is right") {
    TemporaryDirectory directory;
    const auto data = directory.path().string();
    {
        const auto locked = DataDirectory::open(data, DataDirectory::Mode::create).value();
        EventStore store{RocksLog::open(locked.log(), RocksLog::Mode::create).value()};
        for (const auto* stream : {"stock-tv", "stock-radio", "stock-lamp"}) {
            const stock::Stock::Event received{stock::event::Received{{5}}};
            Commit commit{.metadata = {.time = Timestamp{1}}};
            commit.appends.push_back({stream, NoStream{}, {encode(received), encode(received)}});
            REQUIRE(store.append_and_wait(commit));
            StateAt<stock::Stock> at;
            at.catch_up(store, stream);
            if (stream == std::string_view{"stock-radio"}) at.state.on_hand = {11};
            store.save_snapshot(stream, at.snapshot());
        }
    }
    for (const auto& extra : std::vector<std::vector<std::string>>{{}, {"--sample", "3"}, {"--sample", "1000"}}) {
        std::vector<std::string> arguments{"snapshot", "verify", "--data", data, "--json"};
        arguments.insert(arguments.end(), extra.begin(), extra.end());
        const auto verified = run_program(arguments);
        CHECK(verified.status == 3);
        const auto said = Json::parse(verified.out);
        CHECK(said.at("ok") == false);
        CHECK(said.at("checked") == 3);
        REQUIRE(said.at("problems").size() == 1);
        CHECK(said.at("problems").at(0).at("stream") == "stock-radio");
        CHECK(verified.err.empty());
    }
    const auto told = run_program({"snapshot", "verify", data});
    CHECK(told.status == 3);
    CHECK(told.out.starts_with("stock-radio: its state is not the one that the events give"));
}

TEST_CASE("a benchmark says what was measured, against which ceiling, and whether it was durable") {
    const auto append = json_of(run_program({"bench", "append", "--clients", "4", "--seconds", "1", "--json"}));
    for (const auto* field : {"clients", "batch", "eventsPerSecond", "ceilingEventsPerSecond", "ratio",
                              "syncsPerSecond", "p50Us", "p99Us", "p999Us", "maxUs", "durable"})
        CHECK(append.contains(field));
    CHECK(append.at("events").get<int>() > 0);

    const auto orders = json_of(run_program({"bench", "orders", "--clients", "4", "--seconds", "1", "--json"}));
    for (const auto* field : {"clients", "seconds", "acceptedPerSecond", "completedPerSecond", "p50Ms", "p99Ms",
                              "p999Ms", "errors", "oversold", "events"})
        CHECK(orders.contains(field));
    CHECK(orders.at("errors") == 0);
    CHECK(orders.at("oversold") == 0);
    CHECK(orders.at("completed") == orders.at("accepted"));

    const auto rebuild = json_of(run_program({"bench", "rebuild", "--orders", "200", "--json"}));
    for (const auto* field : {"projection", "events", "seconds", "eventsPerSecond", "ceilingEventsPerSecond", "ratio"})
        CHECK(rebuild.contains(field));
    CHECK(rebuild.at("differences") == 0);
}

}  // namespace sillok
