// `sillok import online-retail`: imports a year of real orders through the HTTP API.
#include "tools/commands/subcommand.hpp"
#include "tools/import/csv.hpp"
#include "tools/import/online_retail.hpp"
#include "tools/import/retail_import.hpp"
#include "tools/option_range.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

class ImportCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("import", "Import orders from another source");
        app->require_subcommand(1);
        auto* retail =
            app->add_subcommand("online-retail", "Import the UCI Online Retail data set through the HTTP API");
        retail->add_option("file", file_, "The data set as CSV, gzipped or not")->required();
        retail->add_option("--server", server_, "The server to import into")->required();
        retail->add_option("--limit", rows_max_, "Import only this number of rows, from the start of the file");
        retail
            ->add_option("--stock-factor", stock_factor_,
                         "Stock received per product, as a multiple of what is ordered")
            ->capture_default_str();
        retail->add_option("--connections", connections_, "Requests at the same time")
            ->check(between(1, 1024))
            ->capture_default_str();
        retail->add_flag("--json", json_, "One JSON object on standard output");
        retail->footer(
            "Lines, units and revenue are those of the orders that were confirmed. A second run changes nothing.\n"
            "Example:\n  sillok import online-retail online-retail-dataset.csv.gz --server http://127.0.0.1:8080");
        return app;
    }

    ExitStatus run() override {
        const auto server = parse_server(server_);
        if (!server) throw Misuse(server.error());
        const auto factor = online_retail::parse_factor(stock_factor_);
        if (!factor) throw Misuse("--stock-factor takes a number such as 0.5, not " + stock_factor_);

        const auto plan = read_file();
        require_server(*server);
        const auto begin = std::chrono::steady_clock::now();
        const auto result = online_retail::run_import(plan, {.server = *server,
                                                             .source = file_.filename().string(),
                                                             .stock_factor_millionths = *factor,
                                                             .connections = connections_});
        const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (json_)
            print(result, seconds);
        else
            tell(result, seconds);
        return ExitStatus::done;
    }

   private:
    [[nodiscard]] online_retail::Plan read_file() const {
        MaybeGzipped input{file_};
        auto plan = online_retail::read_plan(input, rows_max_);
        if (!plan) throw Failure(file_.string() + ", " + plan.error());
        if (plan->products.empty())
            throw Failure(file_.string() + " has no row behind its header: there is nothing to import", "empty-import");
        return std::move(*plan);
    }

    static void tell(const online_retail::ImportResult& result, double seconds) {
        fmt::print("{} orders placed: {} confirmed, {} rejected\n", result.orders_placed, result.confirmed,
                   result.rejected);
        fmt::print("{} products, {} lines, {} units, revenue {}.{:02} GBP\n", result.products, result.lines,
                   result.units, result.revenue_pence / 100, result.revenue_pence % 100);
        fmt::print("{} stock adjustments made, {} refused; {:.1f} s\n", result.adjustments, result.adjustments_refused,
                   seconds);
    }

    static void print(const online_retail::ImportResult& result, double seconds) {
        const Json json{{"products", result.products},
                        {"ordersPlaced", result.orders_placed},
                        {"confirmed", result.confirmed},
                        {"rejected", result.rejected},
                        {"lines", result.lines},
                        {"units", result.units},
                        {"revenuePence", result.revenue_pence},
                        {"adjustments", result.adjustments},
                        {"adjustmentsRefused", result.adjustments_refused},
                        {"seconds", seconds}};
        fmt::print("{}\n", json.dump());
    }

    std::filesystem::path file_;
    std::string server_;
    std::optional<std::uint64_t> rows_max_;
    std::string stock_factor_ = "1";
    std::size_t connections_ = 32;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_import() { return std::make_unique<ImportCommand>(); }

}  // namespace sillok
