#include "tools/import/retail_import.hpp"

#include "eventstore/base/uuid.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/load_driver.hpp"
#include "tools/progress_line.hpp"
#include "tools/server_refusal.hpp"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace sillok::online_retail {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds patience{60};
constexpr unsigned wait_seconds = 30;

// The name space of this import's idempotency keys.
constexpr Uuid key_space{
    {0x51, 0x11, 0x0c, 0x0d, 0x0a, 0x7a, 0x4b, 0x9e, 0x9c, 0x61, 0x5a, 0x1e, 0x5f, 0x11, 0xed, 0x01}};

Json pounds(std::int64_t amount) { return {{"amount", amount}, {"currency", "GBP"}}; }

// The code of a problem document; empty when the response is not one.
std::string code_of(const HttpResponse& answer) {
    const auto problem = Json::parse(answer.body, nullptr, false);
    return problem.is_object() ? problem.value("code", "") : "";
}

[[noreturn]] void give_up(const HttpRequest& request, const HttpResponse& answer) {
    if (code_of(answer) == "idempotency-key-reused")
        throw Failure(
            "a file of this name was imported here before with other contents, limit or stock factor: "
            "rename it, or start with an empty data directory");
    const auto* verb = request.method == Method::get ? "GET" : "POST";
    throw_refused(fmt::format("{} {}", verb, request.target), answer);
}

// The path of a product. Its id may hold '%', which a URL must escape.
std::string product_path(const Product& product, std::string_view after) {
    return "/v1/products/" + percent_encoded(product.id) + std::string{after};
}

class Import {
   public:
    Import(const Plan& plan, const ImportOptions& options) : plan_(plan), options_(options) {
        adjustments_of_.resize(plan.products.size());
        for (std::size_t i = 0; i < plan.adjustments.size(); ++i)
            adjustments_of_[plan.adjustments[i].product].push_back(i);
    }

    ImportResult run() {
        result_.products = plan_.products.size();
        in_parallel("products", plan_.products.size(),
                    [this](auto& http, auto i) { return register_product(http, i); });
        in_parallel("stock", plan_.products.size(), [this](auto& http, auto i) { return receive_stock(http, i); });
        in_parallel("orders", plan_.orders.size(), [this](auto& http, auto i) { return place_order(http, i); });
        in_parallel("adjustments", plan_.products.size(), [this](auto& http, auto i) { return adjust_stock(http, i); });
        return result_;
    }

   private:
    void in_parallel(std::string_view what, std::size_t count, const ConnectionWork& work) {
        done_ = 0;
        of_ = count;
        what_ = what;
        for_each_over_http(options_.server, options_.connections, count, work);
    }

    asio::awaitable<void> register_product(HttpConnection& http, std::size_t index) {
        const auto& product = plan_.products[index];
        const Json body{{"productId", product.id}, {"name", product.name}, {"price", pounds(product.price_pence)}};
        HttpRequest request = post("/v1/products", body, "product/" + product.id);
        const auto answer = co_await http.exchange_patiently(request, patience);
        // A product that another file has registered counts as registered.
        if (answer.status != 201 && code_of(answer) != "product-exists") give_up(request, answer);
        tick();
    }

    asio::awaitable<void> receive_stock(HttpConnection& http, std::size_t index) {
        const auto& product = plan_.products[index];
        const auto units = units_received(options_.stock_factor_millionths, product.units_ordered);
        if (units > 0) {
            HttpRequest request =
                post(product_path(product, "/stock-receipts"), {{"quantity", units}}, "receipt/" + product.id);
            const auto answer = co_await http.exchange_patiently(request, patience);
            if (answer.status != 201) give_up(request, answer);
        }
        tick();
    }

    asio::awaitable<void> place_order(HttpConnection& http, std::size_t index) {
        const auto& order = plan_.orders[index];
        auto lines = Json::array();
        for (const auto& line : order.lines)
            lines.push_back({{"productId", plan_.products[line.product].id},
                             {"quantity", line.quantity},
                             {"unitPrice", pounds(line.price_pence)}});
        const auto id = "inv-" + percent_encoded(order.invoice);
        const Json body{{"orderId", id}, {"customerId", order.customer}, {"lines", std::move(lines)}};
        HttpRequest request = post("/v1/orders", body, "order/" + order.invoice);
        request.wait_seconds = wait_seconds;
        auto answer = co_await http.exchange_patiently(request, patience);
        if (answer.status != 201) give_up(request, answer);
        ++result_.orders_placed;

        auto state = state_in(answer);
        while (state == "placed") {  // a replayed first response, or a saga that takes longer than the wait
            HttpRequest query{.method = Method::get, .target = "/v1/orders/" + percent_encoded(id)};
            answer = co_await http.exchange_patiently(query, patience);
            if (answer.status != 200) give_up(query, answer);
            state = state_in(answer);
            if (state == "placed") co_await http.pause(std::chrono::milliseconds{50});
        }
        count(order, state);
        tick();
    }

    static std::string state_in(const HttpResponse& answer) {
        return Json::parse(answer.body).at("state").get<std::string>();
    }

    void count(const Order& order, const std::string& state) {
        if (state == "rejected") {
            ++result_.rejected;
            return;
        }
        // Confirmed, or a state that follows it.
        ++result_.confirmed;
        result_.lines += order.lines.size();
        for (const auto& line : order.lines) {
            result_.units += line.quantity;
            result_.revenue_pence += line.quantity * line.price_pence;
        }
    }

    // One product's adjustments run one after another: whether one is refused depends on those before it.
    asio::awaitable<void> adjust_stock(HttpConnection& http, std::size_t index) {
        for (const auto at : adjustments_of_[index]) {
            const auto& adjustment = plan_.adjustments[at];
            HttpRequest request = post(product_path(plan_.products[index], "/stock-adjustments"),
                                       {{"delta", adjustment.delta}, {"reason", adjustment.reason}},
                                       "adjustment/" + std::to_string(adjustment.line));
            const auto answer = co_await http.exchange_patiently(request, patience);
            if (answer.status == 201)
                ++result_.adjustments;
            else if (code_of(answer) == "negative-on-hand")
                ++result_.adjustments_refused;
            else
                give_up(request, answer);
        }
        tick();
    }

    [[nodiscard]] HttpRequest post(std::string target, const Json& body, const std::string& about) const {
        return {.method = Method::post,
                .target = std::move(target),
                .body = body.dump(-1, ' ', false, Json::error_handler_t::replace),
                .idempotency_key = uuid_v5(key_space, options_.source + "/" + about).text()};
    }

    void tick() { progress_.show(what_, ++done_, of_); }

    const Plan& plan_;
    const ImportOptions& options_;
    std::vector<std::vector<std::size_t>> adjustments_of_;  // by product: places in plan_.adjustments
    ImportResult result_;

    ProgressLine progress_;
    std::string_view what_;
    std::size_t done_ = 0;
    std::size_t of_ = 0;
};

}  // namespace

ImportResult run_import(const Plan& plan, const ImportOptions& options) { return Import{plan, options}.run(); }

}  // namespace sillok::online_retail
