#include "tools/bench/bench_aged.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/order.hpp"
#include "aggregates/product.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/stock.hpp"
#include "api/data_directory.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_names.hpp"
#include "tools/bench/bench_directory.hpp"
#include "tools/bench/histogram.hpp"
#include "tools/bench/peak_memory.hpp"
#include "tools/bench/seconds_since.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/http_client.hpp"
#include "tools/offline_log.hpp"
#include "tools/progress_line.hpp"
#include "tools/server_process.hpp"
#include "tools/settled.hpp"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds answer_max{60};
constexpr std::chrono::seconds first_start_max{1'800};  // the first start reads the whole log
constexpr std::uint64_t orders_in_a_commit = 200;
constexpr int orders_measured = 500;
const ProductId hot{"hot"};
const Money hot_price{1'000, Currency{{'K', 'R', 'W'}}};

// Writes the events that the sagas of these orders would leave, without running them.
class AgedLog {
   public:
    explicit AgedLog(EventStore& store) : store_(store) {}

    void fill(const AgedBench& bench) {
        begin();
        for (std::uint64_t order = 0; order < bench.past + bench.open; order += orders_in_a_commit) {
            for (auto i = order; i < std::min(order + orders_in_a_commit, bench.past + bench.open); ++i)
                add(OrderId{fmt::format("aged-{:09}", i)}, i < bench.past);
            write();
            progress_.show("filling a log", order, bench.past + bench.open);
        }
        if (!store_.wait_durable(written_)) throw Failure("the log stopped");
    }

   private:
    // The commit's events so far, and what is appended to the stock by all its orders.
    void begin() {
        commit_.appends.push_back(
            {stream_name<product::Product>(hot),
             NoStream{},
             {encode(product::Product::Event{product::event::Registered{"Hot", hot_price, "", ""}})}});
        stock_events_.push_back(encode(stock::Stock::Event{stock::event::Received{{quantity_max}}}));
        write();
    }

    void add(const OrderId& order, bool is_past) {
        const order::event::Placed placed{CustomerId{"c-" + order.value.substr(order.value.size() - 4)},
                                          "Kim",
                                          "Seoul",
                                          {{hot, "Hot", {1}, hot_price}},
                                          hot_price};
        const auto end = is_past ? order::Order::Event{order::event::Completed{placed.customer}}
                                 : order::Order::Event{order::event::Confirmed{placed.customer}};
        const Position trigger =
            append(stream_name<order::Order>(order), {encode(order::Order::Event{placed}), encode(end)});
        const auto& definition = *saga::all_sagas().front().definition;
        std::vector<NewEvent> journal{
            encode(saga::Event{saga::event::Started{.definition = std::string{definition.name},
                                                    .definition_version = definition.version,
                                                    .order = order,
                                                    .customer = placed.customer,
                                                    .address = placed.customer_address,
                                                    .amount = hot_price,
                                                    .items = {{hot, {1}}},
                                                    .trigger = trigger,
                                                    .pivot_by = {}}})};
        stock_events_.push_back(encode(stock::Stock::Event{stock::event::Reserved{order, {1}}}));
        if (is_past) {
            journal.push_back(encode(saga::Event{saga::event::Ended{saga::Ending::completed, {}}}));
            stock_events_.push_back(encode(stock::Stock::Event{stock::event::Committed{order, {1}}}));
        } else {
            // It waits for somebody to send the goods.
            journal.push_back(encode(saga::Event{saga::event::Ignored{{}, "bench", "nobody sends these goods"}}));
        }
        append(saga::stream_of(definition, order), std::move(journal));
    }

    // Returns the position that the first of the events will have.
    Position append(std::string stream, std::vector<NewEvent> events) {
        const Position first{written_.value + events_ + 1};
        events_ += events.size();
        commit_.appends.push_back({std::move(stream), NoStream{}, std::move(events)});
        return first;
    }

    void write() {
        const auto expected = stock_version_ == 0 ? Expected{NoStream{}} : Expected{Version{stock_version_}};
        stock_version_ += stock_events_.size();
        commit_.metadata = {.time = Timestamp{1}, .actor = "bench"};
        commit_.appends.push_back({stream_name<stock::Stock>(hot), expected, std::exchange(stock_events_, {})});
        for (;;) {
            const auto appended = store_.propose(commit_);
            if (appended) {
                written_ = appended->last;
                break;
            }
            if (appended.error().code != errc::overloaded)
                throw Failure("the log refused an append: " + std::string{name(appended.error().code)});
            (void)store_.wait_durable(next(store_.head()));
        }
        commit_ = {};
        events_ = 0;
    }

    EventStore& store_;
    Commit commit_;
    std::vector<NewEvent> stock_events_;
    std::uint64_t stock_version_ = 0;
    std::uint64_t events_ = 0;  // of the commit, without those of the stock
    Position written_;
    ProgressLine progress_;
};

void fill(const fs::path& data, const AgedBench& bench) {
    const auto directory = DataDirectory::open(data, DataDirectory::Mode::create);
    if (!directory) throw Failure(directory.error());
    EventStore store{open_log(*directory, RocksLog::Mode::create)};
    AgedLog{store}.fill(bench);
}

// Milliseconds until an order is on disk, as its client sees it.
double place(const ServerAddress& server, const ProductId& of, int number) {
    const auto begin = Steady::now();
    const auto response = exchange_once(
        server,
        {.method = Method::post,
         .target = "/v1/orders",
         .body = fmt::format(R"({{"orderId":"new-{}-{}","productId":"{}","quantity":1,"customerId":"c1"}})",
                             begin.time_since_epoch().count(), number, of.value)},
        answer_max);
    if (response.status != 201)
        throw Failure(fmt::format("an order was answered {}: {}", response.status, response.body));
    return seconds_since(begin) * 1'000;
}

double p50_of_orders(const ServerAddress& server, const ProductId& of) {
    Histogram latency;
    for (int number = 0; number < orders_measured; ++number)
        latency.record(std::chrono::nanoseconds{static_cast<std::int64_t>(place(server, of, number) * 1e6)});
    return latency.percentile_us(0.5) / 1'000;
}

ServerAddress address_of(const ServerProcess& server) {
    const auto address = parse_server(server.url());
    if (!address) throw Failure(address.error());
    return *address;
}

// p50 of orders on a server that has nothing else in its log.
double p50_when_new() {
    const BenchDirectory directory;
    const ServerProcess server{"/proc/self/exe", directory.path() / "data", {}, directory.path() / "server.log"};
    const auto address = address_of(server);
    for (const auto& [target, body] :
         {std::pair{"/v1/products", R"({"productId":"new","name":"New","price":{"amount":1000,"currency":"KRW"}})"},
          std::pair{"/v1/products/new/stock-receipts", R"({"quantity":1000000})"}})
        if (exchange_once(address, {.method = Method::post, .target = target, .body = body}, answer_max).status != 201)
            throw Failure("the new server does not work");
    return p50_of_orders(address, ProductId{"new"});
}

}  // namespace

nlohmann::ordered_json AgedBench::run() const {
    std::optional<BenchDirectory> temporary;
    auto directory = data;
    if (directory.empty()) directory = temporary.emplace().path() / "data";
    const auto log_file = directory.string() + ".server.log";
    if (!fs::exists(directory) || fs::is_empty(directory)) fill(directory, *this);
    {
        // Read models and sagas read the log once; then the server dies.
        ServerProcess server{"/proc/self/exe", directory, {}, log_file};
        if (!wait_until_settled(address_of(server), first_start_max)) throw Failure("the server does not come to rest");
        place(address_of(server), hot, 0);
        server.kill();
    }
    const auto begin = Steady::now();
    ServerProcess server{"/proc/self/exe", directory, {}, log_file};
    const auto address = address_of(server);
    const auto ready = exchange_once(address, {.method = Method::get, .target = "/readyz"}, answer_max);
    if (ready.status != 200) throw Failure("the server is not ready: " + ready.body);
    const auto start_seconds = seconds_since(begin);
    const auto first = place(address, hot, 1);
    const auto second = place(address, hot, 2);
    const auto aged = p50_of_orders(address, hot);
    const auto peak = peak_memory_mib(server.pid());
    if (server.stop(std::chrono::seconds{60}) != 0) throw Failure("the server did not stop as it should");
    return {{"past", past},
            {"open", open},
            {"startSeconds", start_seconds},
            {"firstOrderMs", first},
            {"secondOrderMs", second},
            {"orderP50Ms", aged},
            {"newOrderP50Ms", p50_when_new()},
            {"peakMiB", peak}};
}

}  // namespace sillok
