#include "tools/bench/bench_orders.hpp"

#include "eventstore/base/clock.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "tools/bench/bench_directory.hpp"
#include "tools/bench/disk_ceiling.hpp"
#include "tools/bench/histogram.hpp"
#include "tools/bench/peak_memory.hpp"
#include "tools/bench/processor_time.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/load_driver.hpp"
#include "tools/server_process.hpp"
#include "tools/server_refusal.hpp"
#include "tools/settled.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/system/system_error.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace sillok {
namespace {

using Steady = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::seconds settle_max{120};
constexpr std::uint64_t customers = 10'000;
constexpr std::int64_t stock_of_each = 2'000'000'000;

// A temporary server; it and its data are removed after the benchmark.
struct OwnServer {
    BenchDirectory directory;
    ServerProcess process{"/proc/self/exe", directory.path() / "data", {}, directory.path() / "server.log"};
};

class Load {
   public:
    Load(ServerAddress server, const OrdersBench& bench) : server_(std::move(server)), bench_(bench) {
        // Product names that no earlier run on this server has used.
        run_ = fmt::format("{:x}", SystemClock{}.now().value);
        accepted_of_.resize(bench.products);
    }

    void stock_up() {
        require_server(server_);
        for_each_over_http(server_, 16, bench_.products, [this](auto& http, auto i) { return offer(http, i); });
        before_ = head();
    }

    // Processor time counts from here.
    void watch(pid_t server_process) { server_process_ = server_process; }

    void run() {
        server_before_ = server_process_ ? processor_time_of(*server_process_) : ProcessorTime{};
        const auto own_before = processor_time_of(getpid()).seconds;
        begin_ms_ = SystemClock{}.now().value;
        const auto begin = Steady::now();
        end_ = begin + bench_.seconds;
        for_each_over_http(server_, bench_.clients, bench_.clients,
                           [this](auto& http, auto i) { return order(http, i); });
        elapsed_ = std::chrono::duration<double>(Steady::now() - begin).count();
        own_seconds_ = processor_time_of(getpid()).seconds - own_before;
    }

    void wait_until_settled() {
        if (!sillok::wait_until_settled(server_, settle_max))
            throw Failure("after two minutes some orders are still under way");
        if (server_process_) server_after_ = processor_time_of(*server_process_);
    }

    // Number of deliveries prepared since the load began, and the time of the last one.
    void count_completed() {
        std::string target = fmt::format("/v1/events?after={}&type=delivery.prepared&limit=500", before_);
        while (!target.empty()) {
            const auto page = get(target);
            for (const auto& event : page.at("items")) {
                ++completed_;
                if (const auto time = parse_rfc3339(event.at("time").get<std::string>()))
                    last_completed_ms_ = std::max(last_completed_ms_, time->value);
            }
            const auto& links = page.at("_links");
            target = links.contains("next") ? links.at("next").at("href").get<std::string>() : "";
        }
        events_ = head() - before_;
    }

    // Every accepted order is reserved, and never more than is on hand.
    void check_stock() {
        for (std::size_t i = 0; i < bench_.products; ++i) {
            const auto stock = get("/v1/stock/" + product(i));
            const auto on_hand = stock.at("onHand").get<std::int64_t>();
            const auto reserved = stock.at("reserved").get<std::int64_t>();
            oversold_ += static_cast<std::uint64_t>(std::max<std::int64_t>(0, reserved - on_hand));
            if (const auto wanted = static_cast<std::int64_t>(accepted_of_[i]); reserved < wanted)
                lost_ += static_cast<std::uint64_t>(wanted - reserved);
        }
    }

    [[nodiscard]] nlohmann::ordered_json result() const {
        const auto until_completed = std::max(static_cast<double>(last_completed_ms_ - begin_ms_) / 1e3, elapsed_);
        return {{"clients", bench_.clients},
                {"seconds", elapsed_},
                {"products", bench_.products},
                {"accepted", accepted_},
                {"acceptedPerSecond", static_cast<double>(accepted_) / elapsed_},
                {"completed", completed_},
                {"completedPerSecond", static_cast<double>(completed_) / until_completed},
                {"p50Ms", latency_.percentile_us(0.50) / 1e3},
                {"p99Ms", latency_.percentile_us(0.99) / 1e3},
                {"p999Ms", latency_.percentile_us(0.999) / 1e3},
                {"maxMs", latency_.max_us() / 1e3},
                {"errors", errors_ + lost_},
                {"oversold", oversold_},
                {"events", events_},
                {"cpuUsPerOrder", cpu_us_per_order()}};
    }

   private:
    // The server's until all sagas have settled; the load generator's while it sent orders.
    [[nodiscard]] nlohmann::ordered_json cpu_us_per_order() const {
        const auto orders = static_cast<double>(std::max<std::uint64_t>(1, accepted_));
        const auto each = [orders](double seconds) { return seconds * 1e6 / orders; };
        nlohmann::ordered_json cost{{"loadGenerator", each(own_seconds_)}};
        if (!server_process_) return cost;
        cost["server"] = each(server_after_.seconds - server_before_.seconds);
        auto& threads = cost["serverThreads"] = nlohmann::ordered_json::object();
        for (const auto& [name, seconds] : server_after_.by_thread) {
            const auto before = server_before_.by_thread.find(name);
            const auto taken = seconds - (before == server_before_.by_thread.end() ? 0 : before->second);
            if (taken > 0) threads[name] = each(taken);
        }
        return cost;
    }

    [[nodiscard]] std::string product(std::size_t index) const { return fmt::format("bench-{}-{}", run_, index); }

    asio::awaitable<void> offer(HttpConnection& http, std::size_t index) {
        const auto id = product(index);
        const Json body{{"productId", id}, {"name", id}, {"price", {{"amount", 999}, {"currency", "EUR"}}}};
        HttpRequest listing{
            .method = Method::post, .target = "/v1/products", .body = body.dump(), .idempotency_key = id};
        auto answer = co_await http.exchange_patiently(listing, patience);
        if (answer.status != 201) throw Failure("cannot register a product: " + answer.body);
        HttpRequest receipt{.method = Method::post,
                            .target = "/v1/products/" + id + "/stock-receipts",
                            .body = Json{{"quantity", stock_of_each}}.dump(),
                            .idempotency_key = id + "-stock"};
        answer = co_await http.exchange_patiently(receipt, patience);
        if (answer.status != 201) throw Failure("cannot receive stock: " + answer.body);
    }

    // One client: sends one order after another until the time is over.
    asio::awaitable<void> order(HttpConnection& http, std::size_t client) {
        std::uint64_t chance = client * 7919 + 1;
        while (Steady::now() < end_) {
            chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
            const auto index = (chance >> 33) % bench_.products;
            HttpRequest request{.method = Method::post,
                                .target = "/v1/orders",
                                .body = fmt::format(R"({{"productId":"{}","quantity":1,"customerId":"c-{}"}})",
                                                    product(index), (chance >> 20) % customers)};
            const auto begin = Steady::now();
            unsigned status = 0;
            try {
                const auto answer = co_await http.exchange(std::move(request));
                status = answer.status;
            } catch (const boost::system::system_error&) {
                status = 0;  // counted below; the load generator continues
            }
            latency_.record(Steady::now() - begin);
            if (status == 201) {
                ++accepted_;
                ++accepted_of_[index];
            } else {
                ++errors_;
            }
        }
    }

    [[nodiscard]] Json get(const std::string& target) const {
        const auto answer = exchange_once(server_, {.method = Method::get, .target = target}, patience);
        if (answer.status != 200) throw_refused("GET " + target, answer);
        return Json::parse(answer.body);
    }

    [[nodiscard]] std::uint64_t head() const {
        return exchange_once(server_, {.method = Method::get, .target = "/v1/events?limit=1"}, patience)
            .position.value_or(0);
    }

    const ServerAddress server_;
    const OrdersBench& bench_;
    std::string run_;
    std::uint64_t before_ = 0;  // the log's head before the load
    Steady::time_point end_;
    double elapsed_ = 0;
    std::int64_t begin_ms_ = 0;
    std::int64_t last_completed_ms_ = 0;

    std::optional<pid_t> server_process_;
    ProcessorTime server_before_, server_after_;
    double own_seconds_ = 0;

    Histogram latency_;
    std::uint64_t accepted_ = 0;
    std::vector<std::uint64_t> accepted_of_;  // by product
    std::uint64_t completed_ = 0;
    std::uint64_t errors_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t oversold_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace

nlohmann::ordered_json OrdersBench::run() const {
    std::optional<OwnServer> own;
    if (server.empty()) own.emplace();
    const auto address = parse_server(own ? own->process.url() : server);
    if (!address) throw Misuse(address.error());

    Load load{*address, *this};
    if (own) load.watch(own->process.pid());
    load.stock_up();
    load.run();
    load.wait_until_settled();
    load.count_completed();
    load.check_stock();

    auto result = load.result();
    if (own) {
        result["ceilingSyncsPerSecond"] = syncs_per_second(own->directory.path(), std::chrono::seconds{1});
        result["durable"] = keeps_what_is_synced(own->directory.path());
        result["serverPeakMiB"] = peak_memory_mib(own->process.pid());
        if (own->process.stop(std::chrono::seconds{30}) != 0) throw Failure("the server did not stop as it should");
    }
    return result;
}

}  // namespace sillok
