#include "tools/bench/bench_disturbed.hpp"

#include "tools/bench/bench_directory.hpp"
#include "tools/bench/histogram.hpp"
#include "tools/bench/peak_memory.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/import/csv.hpp"
#include "tools/import/online_retail.hpp"
#include "tools/import/retail_import.hpp"
#include "tools/load_driver.hpp"
#include "tools/server_process.hpp"
#include "tools/settled.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace sillok {
namespace {

using Json = nlohmann::json;
using Steady = std::chrono::steady_clock;
using asio::ip::tcp;

constexpr std::chrono::seconds answer_patience{60};
constexpr std::chrono::seconds rest_max{300};
constexpr std::size_t connections = 16;  // of the clients whose orders are measured
constexpr std::size_t catalogue = 30'000;
constexpr std::size_t huge_orders = 50;
constexpr std::size_t huge_lines = 5'000;
constexpr std::size_t idle_connections = 4'096;
constexpr std::size_t connects_per_second = 10'000;
constexpr std::chrono::milliseconds probe_interval{20};
constexpr std::chrono::seconds import_takes{10};

std::string product(std::size_t index) { return fmt::format("p-{:05}", index); }

HttpRequest post(std::string target, std::string body) {
    return {.method = Method::post, .target = std::move(target), .body = std::move(body)};
}

// REQUIRES: repeating the request does no harm.
asio::awaitable<void> send(HttpConnection& http, HttpRequest request, unsigned status) {
    const auto target = request.target;
    const auto answer = co_await http.exchange_patiently(std::move(request), answer_patience);
    if (answer.status != status)
        throw Failure(fmt::format("the server answered {} to {}: {}", answer.status, target, answer.body));
}

asio::awaitable<void> offer(HttpConnection& http, std::size_t index) {
    const Json body{{"productId", product(index)},
                    {"name", fmt::format("Thing number {}", index)},
                    {"price", {{"amount", 999}, {"currency", "EUR"}}}};
    auto request = post("/v1/products", body.dump());
    request.idempotency_key = product(index);
    co_await send(http, std::move(request), 201);
    if (index >= huge_lines) co_return;
    auto receipt = post("/v1/products/" + product(index) + "/stock-receipts", R"({"quantity":1000000})");
    receipt.idempotency_key = product(index) + "-stock";
    co_await send(http, std::move(receipt), 201);
}

asio::awaitable<void> order_hugely(HttpConnection& http, std::size_t number) {
    Json body{{"orderId", fmt::format("huge-{}", number)}, {"customerId", "huge"}, {"lines", Json::array()}};
    for (std::size_t line = 0; line < huge_lines; ++line)
        body["lines"].push_back({{"productId", product(line)}, {"quantity", 1}});
    auto request = post("/v1/orders", body.dump());
    request.idempotency_key = fmt::format("huge-{}", number);
    co_await send(http, std::move(request), 201);
}

// Repeats a query on each of some connections until it is stopped. Every answer must be 200.
void ask_again(const ServerAddress& server, std::size_t clients, const std::string& target, const std::stop_token& stop,
               std::atomic<std::uint64_t>& done) {
    const auto ask = [&](HttpConnection& http) -> asio::awaitable<void> {
        while (!stop.stop_requested()) {
            HttpRequest request{.method = Method::get, .target = target};
            co_await send(http, std::move(request), 200);
            ++done;
        }
    };
    for_each_over_http(server, clients, clients, [&](auto& http, auto) { return ask(http); });
}

class Sockets {
   public:
    explicit Sockets(const ServerAddress& server)
        : endpoint_(*tcp::resolver{context_}.resolve(server.host, server.port).begin()) {}

    tcp::socket connect() {
        tcp::socket socket{context_};
        socket.connect(endpoint_);
        return socket;
    }

   private:
    asio::io_context context_;
    tcp::endpoint endpoint_;
};

// Holds as many connections as the server takes, and opens another for each that the server closes.
void hold_idle(const ServerAddress& server, const std::stop_token& stop, std::atomic<std::uint64_t>& done) {
    Sockets sockets{server};
    std::vector<tcp::socket> held;
    while (held.size() < idle_connections && !stop.stop_requested()) {
        held.push_back(sockets.connect());
        ++done;
    }
    while (!stop.stop_requested()) std::this_thread::sleep_for(probe_interval);
}

void connect_and_leave(const ServerAddress& server, const std::stop_token& stop, std::atomic<std::uint64_t>& done) {
    Sockets sockets{server};
    const auto begin = Steady::now();
    for (std::uint64_t count = 1; !stop.stop_requested(); ++count) {
        auto socket = sockets.connect();
        socket.set_option(asio::socket_base::linger{true, 0});  // its port is free again at once
        socket.close();
        ++done;
        std::this_thread::sleep_until(begin +
                                      count * std::chrono::nanoseconds{std::chrono::seconds{1}} / connects_per_second);
    }
}

// Sends requests for the largest pages as long as the server takes them, and reads no answer.
void ask_without_reading(const ServerAddress& server, const std::stop_token& stop, std::atomic<std::uint64_t>& done) {
    Sockets sockets{server};
    std::vector<tcp::socket> held;
    for (std::size_t i = 0; i < 64; ++i) {
        held.push_back(sockets.connect());
        held.back().non_blocking(true);
    }
    const auto request =
        fmt::format("GET /v1/products?limit=500 HTTP/1.1\r\nHost: {}:{}\r\n\r\n", server.host, server.port);
    std::vector<std::size_t> sent(held.size());  // bytes of the request that is being sent
    while (!stop.stop_requested()) {
        for (std::size_t i = 0; i < held.size(); ++i) {
            boost::system::error_code error;
            const auto rest = asio::buffer(request) + sent[i];
            sent[i] += held[i].write_some(rest, error);
            if (sent[i] == request.size()) {
                sent[i] = 0;
                ++done;
            }
            if (error && error != asio::error::would_block) {
                held[i] = sockets.connect();  // the server has closed it
                held[i].non_blocking(true);
                sent[i] = 0;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

struct Disturbance {
    std::string name;
    // Runs until it is stopped; counts what it has done.
    std::function<void(std::stop_token, std::atomic<std::uint64_t>&)> run;
};

class Bystanders {
   public:
    Bystanders(ServerAddress server, ServerAddress admin, const DisturbedBench& bench)
        : server_(std::move(server)), admin_(std::move(admin)), bench_(bench) {}

    // Orders beside that disturbance; the shape of one entry of the result.
    nlohmann::ordered_json beside(const std::vector<const Disturbance*>& disturbances, const std::string& name,
                                  std::chrono::seconds during) {
        orders_ = {};
        probes_ = {};
        errors_ = 0;
        std::atomic<std::uint64_t> done = 0;
        std::vector<std::exception_ptr> failures(disturbances.size());
        double seconds = 0;
        {
            std::vector<std::jthread> threads;
            threads.reserve(disturbances.size() + 1);
            for (std::size_t i = 0; i < disturbances.size(); ++i)
                threads.emplace_back([&, i](const std::stop_token& stop) {
                    try {
                        disturbances[i]->run(stop, done);
                    } catch (...) {
                        failures[i] = std::current_exception();
                    }
                });
            threads.emplace_back([this](const std::stop_token& stop) { probe(stop); });
            const auto begin = Steady::now();
            order(during);
            seconds = std::chrono::duration<double>(Steady::now() - begin).count();
        }
        for (const auto& failure : failures)
            if (failure) std::rethrow_exception(failure);
        return {{"beside", name},
                {"disturbancesPerSecond", static_cast<double>(done) / seconds},
                {"orders", orders_.count()},
                {"errors", errors_},
                {"p50Ms", orders_.percentile_us(0.5) / 1e3},
                {"p99Ms", orders_.percentile_us(0.99) / 1e3},
                {"maxMs", orders_.max_us() / 1e3},
                {"healthP99Ms", probes_.percentile_us(0.99) / 1e3},
                {"healthMaxMs", probes_.max_us() / 1e3}};
    }

   private:
    void order(std::chrono::seconds during) {
        count_ = bench_.rate * static_cast<std::size_t>(during.count());
        begin_ = Steady::now();
        for_each_over_http(server_, connections, connections, [this](auto& http, auto i) { return order(http, i); });
    }

    // Every connection's orders are due at even intervals. What a late answer delays counts for the next one, too.
    asio::awaitable<void> order(HttpConnection& http, std::size_t client) {
        for (auto number = client; number < count_; number += connections) {
            const auto due = begin_ + std::chrono::nanoseconds{number * 1'000'000'000 / bench_.rate};
            const auto early = std::chrono::ceil<std::chrono::milliseconds>(due - Steady::now());
            if (early.count() > 0) co_await http.pause(early);
            const auto begin = std::min(Steady::now(), due + std::chrono::milliseconds{2});
            auto request = post("/v1/orders", fmt::format(R"({{"productId":"{}","quantity":1,"customerId":"c-{}"}})",
                                                          product(number % 1'000), number));
            const auto answer = co_await http.exchange(std::move(request));
            if (answer.status != 201) ++errors_;
            orders_.record(Steady::now() - begin);
        }
    }

    // As an orchestrator asks: on a new connection each time.
    void probe(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const auto begin = Steady::now();
            const auto answer = exchange_once(admin_, {.method = Method::get, .target = "/livez"}, answer_patience);
            if (answer.status != 200) throw Failure("the server says that it is not alive: " + answer.body);
            probes_.record(Steady::now() - begin);
            std::this_thread::sleep_for(probe_interval);
        }
    }

    const ServerAddress server_;
    const ServerAddress admin_;
    const DisturbedBench& bench_;
    Steady::time_point begin_;
    std::size_t count_ = 0;
    Histogram orders_;
    Histogram probes_;
    std::uint64_t errors_ = 0;
};

// The idle connections need a descriptor each, here and in the server.
void allow_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 2 * idle_connections)
        throw Failure(fmt::format("this needs {} open files, the limit is {}; raise it with `ulimit -n`",
                                  2 * idle_connections, limit.rlim_max));
}

void prepare(const ServerAddress& server) {
    for_each_over_http(server, connections, catalogue, [](auto& http, auto i) { return offer(http, i); });
    for_each_over_http(server, 2, huge_orders, [](auto& http, auto i) { return order_hugely(http, i); });
    if (!wait_until_settled(server, rest_max)) throw Failure("the server does not come to rest");
}

}  // namespace

nlohmann::ordered_json DisturbedBench::run() const {
    allow_descriptors();
    const BenchDirectory directory;
    ServerProcess process{"/proc/self/exe", directory.path() / "data", {}, directory.path() / "server.log"};
    const auto server = *parse_server(process.url());
    prepare(server);

    std::vector<Disturbance> all{
        {"lists",
         [&](auto stop, auto& done) { ask_again(server, 2, "/v1/customers/huge/orders?limit=50", stop, done); }},
        {"searches", [&](auto stop, auto& done) { ask_again(server, 8, "/v1/products?search=nothing", stop, done); }},
        {"idle", [&](auto stop, auto& done) { hold_idle(server, stop, done); }},
        {"connects", [&](auto stop, auto& done) { connect_and_leave(server, stop, done); }},
        {"unread", [&](auto stop, auto& done) { ask_without_reading(server, stop, done); }},
    };
    Bystanders bystanders{server, server, *this};
    auto phases = nlohmann::ordered_json::array();
    phases.push_back(bystanders.beside({}, "nothing", seconds));
    for (const auto& each : all) phases.push_back(bystanders.beside({&each}, each.name, seconds));
    if (!import.empty()) {
        MaybeGzipped input{import};
        const auto plan = online_retail::read_plan(input, {});
        if (!plan) throw Failure(import.string() + ", " + plan.error());
        const Disturbance importing{"import", [&](const auto&, auto& done) {
                                        done = online_retail::run_import(*plan, {.server = server,
                                                                                 .source = "disturbed",
                                                                                 .stock_factor_millionths = 1'000'000,
                                                                                 .connections = 8})
                                                   .orders_placed;
                                    }};
        phases.push_back(bystanders.beside({all.data(), &all[1], &importing}, "lists, searches, import", import_takes));
    }
    phases.push_back(bystanders.beside({}, "nothing again", seconds));
    const auto peak = peak_memory_mib(process.pid());
    if (process.stop(std::chrono::seconds{60}) != 0) throw Failure("the server did not stop as it should");
    return {{"ordersPerSecond", rate}, {"phases", phases}, {"serverPeakMiB", peak}};
}

}  // namespace sillok
