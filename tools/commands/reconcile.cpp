// `sillok reconcile`: recomputes stock and money from the log alone, and compares the money with the provider's ledger.
#include "aggregates/skipped_event.hpp"
#include "sagas/payment_simulator/ledger_file.hpp"
#include "sagas/payment_simulator/ledger_json.hpp"
#include "sagas/payment_simulator/provider_ledger.hpp"
#include "sagas/reconciliation/compare.hpp"
#include "sagas/reconciliation/log_reader.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/http_client.hpp"
#include "tools/import/csv.hpp"
#include "tools/offline_log.hpp"
#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t batch_events_max = 4'096;
constexpr std::size_t differences_shown_max = 50;  // of what differs; --json has all
constexpr std::chrono::seconds provider_patience{10};

using LedgerSource = std::variant<std::filesystem::path, ServerAddress>;

LedgerSource parse_source(const std::string& text) {
    if (text.find("://") == std::string::npos) return std::filesystem::path{text};
    auto server = parse_server(text);
    if (!server) throw Misuse(server.error());
    return *std::move(server);
}

bool is_gzipped(const std::filesystem::path& file) {
    std::ifstream input{file, std::ios::binary};
    return input.get() == 0x1f && input.get() == 0x8b;
}

// The unpacked bytes of a gzipped file, as a file in memory that has no name.
class Unpacked {
   public:
    explicit Unpacked(const std::filesystem::path& file) : descriptor_(memfd_create("ledger", MFD_CLOEXEC)) {
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "a file in memory");
        MaybeGzipped packed{file};
        std::ofstream unpacked{path(), std::ios::binary};
        std::array<char, 65536> buffer{};
        while (const auto bytes = packed.sgetn(buffer.data(), buffer.size())) unpacked.write(buffer.data(), bytes);
        if (!unpacked.flush()) throw std::system_error(errno, std::generic_category(), "a file in memory");
    }
    ~Unpacked() { close(descriptor_); }
    Unpacked(const Unpacked&) = delete;
    Unpacked& operator=(const Unpacked&) = delete;
    [[nodiscard]] std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

   private:
    int descriptor_;
};

std::vector<LedgerAccount> accounts_of(const std::filesystem::path& file) {
    ProviderLedger ledger{std::numeric_limits<std::size_t>::max()};
    std::optional<Unpacked> unpacked;
    if (is_gzipped(file)) unpacked.emplace(file);
    const auto where = unpacked ? unpacked->path() : file;
    const auto read =
        read_ledger_file(where, [&ledger](const ProviderOperation& operation) { return ledger.repost(operation); });
    if (!read) {
        auto sentence = read.error();
        if (const auto found = sentence.find(where.string()); found != std::string::npos)
            sentence.replace(found, where.string().size(), file.string());
        throw Failure(sentence);
    }
    return {ledger.accounts().begin(), ledger.accounts().end()};
}

LedgerPage page_of(const ServerAddress& server, std::uint64_t after) {
    const auto target = fmt::format("/ledger?after={}", after);
    HttpResponse answer;
    try {
        answer = exchange_once(server, {.method = Method::get, .target = target}, provider_patience);
    } catch (const NoAnswer& error) {
        throw NotReachable(fmt::format("the provider does not answer: {}", error.code().message()));
    }
    if (answer.status != 200) throw Failure(fmt::format("the provider answered {} to GET {}", answer.status, target));
    auto page = parse_ledger_page(answer.body);
    if (!page) throw Failure(fmt::format("what the provider answered to GET {} is {}", target, page.error()));
    return *std::move(page);
}

std::vector<LedgerAccount> accounts_of(const ServerAddress& server) {
    std::vector<LedgerAccount> accounts;
    for (std::optional<std::uint64_t> after = 0; after;) {
        const auto page = page_of(server, *after);
        accounts.insert(accounts.end(), page.accounts.begin(), page.accounts.end());
        if (page.next && *page.next <= *after) throw Failure("the provider's ledger has no end");
        after = page.next;
    }
    return accounts;
}

void tell(const char* kind, const std::vector<reconciliation::Difference>& found) {
    for (std::size_t i = 0; i < found.size() && i < differences_shown_max; ++i) {
        std::string about;
        if (!found[i].order.empty()) about += " order " + found[i].order;
        if (!found[i].product.empty()) about += " product " + found[i].product;
        fmt::print("{}{}: {}\n", kind, about, found[i].what);
    }
    if (found.size() > differences_shown_max) fmt::print("{}: {} more\n", kind, found.size() - differences_shown_max);
}

Json json_of(const std::vector<reconciliation::Difference>& found) {
    auto all = Json::array();
    for (const auto& one : found) {
        Json object;
        if (!one.order.empty()) object["orderId"] = one.order;
        if (!one.product.empty()) object["productId"] = one.product;
        object["what"] = one.what;
        all.push_back(std::move(object));
    }
    return all;
}

class Reconcile final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand(
            "reconcile", "Recompute stock and money from the log and compare with the provider's ledger");
        add_data_option(*app, data_)->required();
        app->add_option(
            "--ledger", ledger_,
            "The payment provider's ledger: the http:// address of a payments-simulator, or its file, gzipped or not");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer(
            "Example:\n  sillok reconcile --data ./data --ledger http://127.0.0.1:8090\n"
            "  sillok reconcile --data ./data --ledger ledger.jsonl --json");
        return app;
    }

    ExitStatus run() override {
        const auto source = ledger_.empty() ? std::nullopt : std::optional{parse_source(ledger_)};
        const auto ours = read_log();
        std::optional<std::vector<LedgerAccount>> theirs;
        if (source) theirs = std::visit([](const auto& of) { return accounts_of(of); }, *source);
        const auto result = reconciliation::compare(ours, theirs);
        if (json_)
            print(result, source.has_value());
        else
            tell_people(result, source.has_value());
        return result.ok() ? ExitStatus::done : ExitStatus::different;
    }

   private:
    [[nodiscard]] reconciliation::LogEntries read_log() const {
        const OfflineLog log{data_, OfflineLog::Access::read};
        const auto head = log.store.head();
        reconciliation::LogReader reader{skipped_events(log.store)};
        ProgressLine progress;
        for (Position at; at < head;) {
            const auto batch = log.store.read_log(at, batch_events_max);
            if (batch.empty()) throw Failure(fmt::format("the log cannot be read after position {}", at.value));
            for (const auto& event : batch) reader.read(event);
            at = batch.back().position;
            progress.show("reconciling", at.value, head.value);
        }
        return std::move(reader).entries();
    }

    static void tell_people(const reconciliation::Report& result, bool with_ledger) {
        tell("open", result.open);
        tell("explained", result.explained);
        tell("DIFFERENCE", result.differences);
        for (const auto& [currency, sums] : result.sums)
            fmt::print("{}: {} authorised, {} captured, {} refunded, {} voided\n", currency, sums.authorised,
                       sums.captured, sums.refunded, sums.voided);
        fmt::print("{} orders, {} products, {} open, {} differences{}\n", result.orders, result.products,
                   result.open.size(), result.differences.size(),
                   with_ledger ? "" : "; not compared with a provider's ledger");
    }

    static void print(const reconciliation::Report& result, bool with_ledger) {
        auto sums = Json::object();
        for (const auto& [currency, of] : result.sums)
            sums[currency] = {{"authorised", of.authorised},
                              {"captured", of.captured},
                              {"refunded", of.refunded},
                              {"voided", of.voided}};
        const Json json{{"ok", result.ok()},
                        {"events", result.events},
                        {"orders", result.orders},
                        {"products", result.products},
                        {"authorised", result.authorised},
                        {"captured", result.captured},
                        {"refunded", result.refunded},
                        {"voided", result.voided},
                        {"sums", std::move(sums)},
                        {"open", result.open.size()},
                        {"openPayments", json_of(result.open)},
                        {"explained", json_of(result.explained)},
                        {"differences", json_of(result.differences)},
                        {"ledgerCompared", with_ledger}};
        fmt::print("{}\n", json.dump());
    }

    std::filesystem::path data_;
    std::string ledger_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_reconcile() { return std::make_unique<Reconcile>(); }

}  // namespace sillok
