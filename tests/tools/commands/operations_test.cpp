// `sillok status`, `saga`, `breaker`, `part` and `doctor`, as an operator types them.
#include "tests/eventually.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/log_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Json = nlohmann::json;
using std::chrono::seconds;

Json json_of(const Ended& ended) {
    INFO(ended.out << ended.err);
    REQUIRE(std::ranges::count(ended.out, '\n') == 1);
    return Json::parse(ended.out);
}

struct ShopWithProvider {
    TemporaryDirectory directory;
    ServerProcess provider{
        program, {"payments-simulator", "--listen", "127.0.0.1:0"}, directory.path() / "provider.log"};
    std::string data = (directory.path() / "data").string();
    std::optional<ServerProcess> server{std::in_place, program, data, Arguments{"--payments", provider.url()},
                                        directory.path() / "log"};
    std::string url = server->url();

    HttpResponse ask(const std::string& at, const HttpRequest& request) const {
        return exchange_once(*parse_server(at), request, seconds{5});
    }
    void post(const std::string& target, const Json& body) const {
        const auto answer =
            ask(url, {.method = Method::post, .target = target, .body = body.dump(), .wait_seconds = 5});
        REQUIRE_MESSAGE(answer.status / 100 == 2, answer.body);
    }
    // Order 17 is paid, then somebody voids the authorisation: its capture is declined, and its saga parked.
    void park_order_17() const {
        post("/v1/products", {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 1}, {"currency", "KRW"}}}});
        post("/v1/products/tv/stock-receipts", {{"quantity", 10}});
        post("/v1/orders", {{"orderId", "17"}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "c1"}});
        const auto ledger = Json::parse(ask(provider.url(), {.target = "/ledger"}).body);
        const auto reference = ledger.at("authorisations").at(0).at("reference").get<std::string>();
        const auto voided = ask(provider.url(), {.method = Method::post,
                                                 .target = "/authorisations/" + reference + "/void",
                                                 .body = R"({"orderId":"17"})",
                                                 .idempotency_key = "0190b8a0-0000-7000-8000-000000000001"});
        REQUIRE_MESSAGE(voided.status / 100 == 2, voided.body);
        post("/v1/deliveries/17/start", Json::object());
        CHECK(eventually(seconds{20}, "the saga is parked", [&] {
            return ask(url, {.target = "/v1/admin/sagas?state=parked"}).body.contains("fulfilment-17");
        }));
    }
    [[nodiscard]] Ended run(Arguments arguments) const {
        arguments.insert(arguments.end(), {"--server", url});
        return run_program(arguments);
    }
};

}  // namespace

TEST_CASE("a parked saga is found, looked into and taken on from the command line") {
    const ShopWithProvider shop;
    shop.park_order_17();
    const auto status = shop.run({"status"});
    CHECK(status.status == 3);
    CHECK(status.out.contains("1 saga is parked: fulfilment-17 at capture (provider-declined); see sillok saga list"));
    CHECK(json_of(shop.run({"status", "--json"})).at("attention").size() == 1);
    CHECK(shop.run({"doctor", "--json"}).status == 3);

    const auto listed = shop.run({"saga", "list", "--state", "parked"});
    CHECK(listed.status == 0);
    CHECK(listed.out.starts_with("fulfilment-17  parked at capture: provider-declined  order 17  since "));
    CHECK(std::ranges::count(listed.out, '\n') == 1);
    CHECK(json_of(shop.run({"saga", "list", "--json"})).at("items").size() == 1);
    CHECK(shop.run({"saga", "list", "--state", "completed"}).out == "no saga is completed\n");

    const auto shown = shop.run({"saga", "show", "fulfilment-17"});
    CHECK(shown.out.contains("  capture: unknown, attempt "));
    const auto elsewhere = shop.run({"saga", "retry", "fulfilment-17", "--reason", "again", "--step", "ship"});
    CHECK(elsewhere.status == 1);
    CHECK(elsewhere.err.starts_with("sillok: the server refused to retry saga fulfilment-17: "));
    const auto skipped =
        shop.run({"saga", "skip", "fulfilment-17", "--reason", "paid in cash", "--result", "receipt 17", "--json"});
    CHECK(skipped.status == 0);
    CHECK(json_of(skipped).at("result") == "receipt 17");
    CHECK(shop.run({"saga", "annotate", "fulfilment-17", "--reason", "provider informed"}).out ==
          "fulfilment-17: annotate\n");
    CHECK(eventually(seconds{20}, "nothing is parked", [&] { return shop.run({"status"}).status == 0; }));
    CHECK(shop.run({"saga", "show", "fulfilment-17"}).out.contains(": skip capture as receipt 17: paid in cash"));
}

TEST_CASE("a wrong saga command is refused before or by the server") {
    const ShopWithProvider shop;
    const auto says = [&](const Arguments& arguments, int status, const std::string& sentence) {
        const auto ended = shop.run(arguments);
        CHECK(ended.status == status);
        CHECK(ended.err == "sillok: " + sentence + '\n');
    };
    says({"saga", "show", "fulfilment-99"}, 1,
         "the server refused saga fulfilment-99: Saga not found (404 saga-unknown)");
    says({"saga", "list", "--state", "praked"}, 2, "--state: there is no state 'praked'; did you mean 'parked'?");
    says({"saga", "skip", "fulfilment-17", "--reason", "x"}, 2, "--result is required; see sillok saga skip --help");
    says({"saga", "retry", "fulfilment-17"}, 2, "--reason is required; see sillok saga retry --help");
    says({"part", "pause", "saga"}, 2, "there is no component 'saga'; did you mean 'sagas'?");
    says({"breaker", "open", "pyments"}, 2, "there is no breaker 'pyments'; did you mean 'payments'?");
}

TEST_CASE("an event that cannot be read is skipped from the command line, one that can be read is not") {
    const LogDirectory log;
    {
        const auto held = DataDirectory::open(log.data, DataDirectory::Mode::create);
        REQUIRE(held);
        EventStore store{RocksLog::open(held->log(), RocksLog::Mode::create).value()};
        REQUIRE(store.append_and_wait({.metadata = {.time = Timestamp{1}, .actor = "a newer program"},
                                       .appends = {{"stock-tv", NoStream{}, {{"future.happened", 1, "?"}}}}}));
    }
    const ServerProcess server{program, log.data.string(), {}, log.directory.path() / "log"};
    const auto skip = [&](const std::string& position, const std::string& stream, Arguments more) {
        more.insert(more.begin(), {"events", "skip", position, "--stream", stream, "--reason", "an import went wrong",
                                   "--server", server.url()});
        return run_program(more);
    };
    const auto elsewhere = skip("1", "stock-pc", {});
    CHECK(elsewhere.status == 1);
    CHECK(elsewhere.err.starts_with("sillok: the server refused to skip event 1: "));
    CHECK(elsewhere.err.contains("404 event-unknown"));
    CHECK(skip("1", "stock-tv", {}).out == "1 of stock-tv: future.happened is left out\n");
    CHECK(json_of(skip("1", "stock-tv", {"--json"})).at("verb") == "skip");  // once more changes nothing
    const auto readable = skip("2", "stock-tv", {"--json"});                 // the decision itself
    CHECK(readable.status == 1);
    CHECK(json_of(readable).at("error").at("code") == "event-readable");
}

TEST_CASE("the breaker and the components are switched by hand, and status says so") {
    const ShopWithProvider shop;
    CHECK(shop.run({"breaker", "list"}).out.starts_with("payments: closed, by itself; "));
    CHECK(shop.run({"breaker", "open"}).out.starts_with("payments: open, by hand; "));
    CHECK(json_of(shop.run({"breaker", "list", "--json"})).at("items").at(0).at("mode") == "open");
    CHECK(shop.run({"part", "pause", "deliveries"}).out == "deliveries: paused\n");
    CHECK(shop.run({"part", "list"}).out == "sagas: works\nprojections: works\ndeliveries: paused\n");
    const auto status = shop.run({"status"});
    CHECK(status.status == 3);
    CHECK(status.out.contains("deliveries are paused: sillok part resume deliveries --server " + shop.url));
    CHECK(status.out.contains("breaker payments is held open by hand: sillok breaker auto payments --server " +
                              shop.url));
    CHECK(json_of(shop.run({"part", "resume", "deliveries", "--json"})).at("paused") == false);
    CHECK(shop.run({"breaker", "auto", "payments"}).status == 0);
    const auto well = shop.run({"status"});
    CHECK_MESSAGE(well.status == 0, well.out);
    CHECK(well.out.contains("to do        nothing\n"));
}

TEST_CASE("the address of the administration alone is enough for a status") {
    const TemporaryDirectory directory;
    const auto data = (directory.path() / "data").string();
    const std::string admin = "127.0.0.1:" + std::to_string(20'000 + getpid() % 10'000);
    ServerProcess server{program, data, {"--admin-listen", admin}, directory.path() / "log"};
    const auto status = json_of(run_program({"status", "--json", "--server", "http://" + admin}));
    CHECK(status.at("status") == "ready");
    CHECK(status.at("log").at("head") == 0);
    CHECK(status.contains("components"));
    CHECK_FALSE(status.contains("rates"));
    const auto elsewhere = run_program({"status", "--server", server.url()});
    CHECK(elsewhere.status == 1);
    CHECK(elsewhere.err == "sillok: the server at " + server.url() +
                               " does not show there how it is: give the address of its --admin-listen\n");
}

TEST_CASE("a directory at rest has a status, too") {
    const LogDirectory log;
    log.grow(10);
    run_program({"replay", "--all", log.data.string()});
    run_program({"verify", log.data.string()});
    const auto status = json_of(run_program({"status", log.data.string(), "--json"}));
    CHECK(status.at("log").at("head") == 10);
    CHECK(status.at("readModels").size() == 5);
    CHECK(status.at("readModels").at(0).at("lagEvents") == 0);
    CHECK(status.at("verified").at("position") == 10);
    CHECK(status.at("disk").at("totalBytes") > 0);
    CHECK(run_program({"status", log.data.string()}).out.contains("verified     up to position 10, at "));
    const auto held = DataDirectory::open(log.data, DataDirectory::Mode::existing);
    CHECK(run_program({"status", log.data.string()}).status == 1);
}

TEST_CASE("a server that is away has a status of its own, and watched until it comes") {
    const std::string away = "http://127.0.0.1:1";
    for (const auto& command :
         std::vector<Arguments>{{"status"}, {"saga", "list"}, {"breaker", "list"}, {"part", "list"}}) {
        auto arguments = command;
        arguments.insert(arguments.end(), {"--server", away, "--json"});
        const auto ended = run_program(arguments);
        CHECK(ended.status == 4);
        CHECK(json_of(ended).at("error").at("code") == "not-reachable");
        CHECK(ended.err == "sillok: no server answers at http://127.0.0.1:1: connection refused\n");
    }
    const LogDirectory log;
    log.grow(2);
    const auto watched = run_program(
        "/usr/bin/timeout", {"3.5", program.string(), "status", log.data.string(), "--json", "--watch", "1"}, {});
    CHECK(watched.status == 124);
    CHECK(std::ranges::count(watched.out, '\n') >= 2);
    CHECK(run_program({"status", log.data.string(), "--watch", "never"}).err ==
          "sillok: --watch: 'never' is not a number of seconds\n");
}

TEST_CASE("the doctor names what is to be done, and changes nothing") {
    const LogDirectory log;
    log.grow(10);
    const auto data = log.data.string(), backups = (log.directory.path() / "backups").string();
    const auto level_of = [](const Json& found, const std::string& name) {
        for (const auto& one : found.at("checks"))
            if (one.at("name") == name) return one.at("level").get<std::string>();
        return std::string{"none"};
    };
    const auto examined = json_of(run_program({"doctor", data, "--json"}));
    for (const auto* name : {"files", "tasks", "memory", "disk", "inodes", "format", "log", "clock", "permissions"})
        CHECK_MESSAGE(level_of(examined, name) != "none", name);
    CHECK(level_of(examined, "log") == "good");
    CHECK(level_of(examined, "verified") == "act");  // its events are of 1970

    CHECK(run_program({"doctor", data, "--backups", backups}).status == 3);
    run_program({"verify", data});
    run_program({"backup", data, "--to", backups});
    const auto better = json_of(run_program({"doctor", data, "--backups", backups, "--json"}));
    CHECK(level_of(better, "verified") == "good");
    CHECK(level_of(better, "backups") == "good");

    fs::permissions(log.data, fs::perms::others_write, fs::perm_options::add);
    CHECK(level_of(json_of(run_program({"doctor", data, "--json"})), "permissions") == "act");
    fs::remove_all(log.data / "log");
    const auto lost = run_program({"doctor", data});
    CHECK(lost.status == 3);
    CHECK(lost.out.contains("act   log           "));
    CHECK_FALSE(fs::exists(log.data / "log"));
    const auto nowhere = (log.directory.path() / "nowhere").string();
    CHECK(level_of(json_of(run_program({"doctor", nowhere, "--json"})), "directory") == "note");
    CHECK_FALSE(fs::exists(nowhere));
}

}  // namespace sillok
