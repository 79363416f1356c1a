// `sillok serve`: the whole backend in one process, until a signal stops it.
#include "api/backend.hpp"
#include "api/data_directory.hpp"
#include "api/disk_watch.hpp"
#include "api/http/server.hpp"
#include "api/idempotency.hpp"
#include "eventstore/base/room.hpp"
#include "sagas/fulfilment.hpp"
#include "tools/byte_size.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/configuration_in_force.hpp"
#include "tools/data_option.hpp"
#include "tools/duration.hpp"
#include "tools/listen_address.hpp"
#include "tools/log_format.hpp"
#include "tools/offline_log.hpp"
#include "tools/open_files.hpp"
#include "tools/option_choice.hpp"
#include "tools/option_range.hpp"
#include "tools/rate_option.hpp"
#include "tools/run_until_signal.hpp"
#include "tools/server_notes.hpp"
#include "tools/stop_signals.hpp"

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace sillok {
namespace {

enum class Auth { off, jwt };

// Of operators and their monitoring.
constexpr std::size_t admin_connections_max = 64;

class Serve final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("serve", "Serve the HTTP API from one data directory");
        add_data_option(*app, data_, "The data directory; created if missing")->required();
        app->add_option("--listen", listen_, "Address and port to listen on; port 0 picks a free one")
            ->capture_default_str();
        app->add_option("--admin-listen", admin_listen_,
                        "Serve health and /v1/admin on this address and port alone, where no load on --listen delays "
                        "them");
        app->add_option("--connections-per-address", connections_per_address_,
                        "Most connections of one client address, 0: no limit; loopback addresses have none")
            ->check(between(0, 1'000'000))
            ->capture_default_str();
        declare_upkeep(*app);
        app->add_option("--payments", payments_,
                        "The payment provider: 'simulator', 'simulator:decline=0.05,delay-ms=20', or a URL")
            ->capture_default_str();
        app->add_option("--breaker", breaker_,
                        "When the circuit breaker before the payment provider opens, and for how long")
            ->default_str("failures=0.5,slow-ms=3000,break-ms=1000,break-most-ms=60000");
        app->add_option(
            "--payments-webhook-secret", webhook_secrets_,
            "Secret with which the payment provider signs its messages to /v1/webhooks/payments: whsec_ and base64; "
            "give two while you replace one");
        app->add_option("--payments-webhook-secret-file", webhook_secret_file_,
                        "Read the webhook secret from a file, so that no process list shows it");
        app->add_option("--reserve-for", reserve_for_,
                        "Seconds until an unconfirmed order expires: its stock is released and its payment voided")
            ->check(between(1, 2'592'000))
            ->capture_default_str();
        app->add_option("--idempotency-keep", idempotency_keep_,
                        "How long the response to an Idempotency-Key is repeated: 90s, 30m, 24h or 7d")
            ->capture_default_str();
        app->add_option("--disk-reserve", disk_reserve_,
                        "With less room than this on a disk of the data directory no new orders are taken, while those "
                        "that have begun go on: 500000, 64MiB, 2GiB; 0: never")
            ->capture_default_str();
        app->add_option("--accept-loss", accept_loss_,
                        "Go on with a log that lacks events that were in it, or is another one: the position where it "
                        "ends, as the refusal to start says it")
            ->configurable(false);
        add_choice(*app, "--refund-in-transit", refund_in_transit_,
                   "When an order that is cancelled on its way is paid back: when the goods are back, or at once",
                   {{"on-return", saga::RefundInTransit::on_return}, {"at-once", saga::RefundInTransit::at_once}});
        add_choice(*app, "--auth", auth_,
                   "Authentication: 'off' allows every request, on loopback addresses only; 'jwt' is not built yet",
                   {{"off", Auth::off}, {"jwt", Auth::jwt}});
        add_choice(*app, "--log-format", log_format_, "The form of log lines on standard error",
                   {{"text", LogFormat::text}, {"json", LogFormat::json}});
        add_choice(*app, "--log-level", log_level_,
                   "Lowest level that is logged; requests and notifications are logged at 'debug'",
                   {{"debug", spdlog::level::debug},
                    {"info", spdlog::level::info},
                    {"warn", spdlog::level::warn},
                    {"error", spdlog::level::err}},
                   {{"warning", spdlog::level::warn}});
        app->add_option("--io-threads", io_threads_, "Threads that read requests and write responses")
            ->check(between(1, 64))
            ->capture_default_str();
        app->add_flag("--check", check_,
                      "Only look whether it could be started so: print every option with its value and where that is "
                      "from, and change nothing")
            ->configurable(false);
        app->add_flag("--json", json_, "With --check: one JSON object on standard output");
        app_ = app;
        app->footer("Example:\n  sillok serve --data ./data --listen 127.0.0.1:8080 --payments simulator:decline=0.02");
        return app;
    }

    ExitStatus run() override {
        if (auth_ == Auth::jwt)
            throw Misuse("--auth jwt is not built yet: serve on a loopback address with --auth off");
        const auto listen = loopback_address(listen_);
        const auto admin = admin_listen_.empty() ? std::nullopt : std::optional{loopback_address(admin_listen_)};
        if (admin && admin->port != 0 && admin->port == listen.port && admin->address == listen.address)
            throw Misuse("--listen and --admin-listen name the same address and port");
        auto payments = parse_payments(payments_);
        if (!payments) throw Misuse(payments.error());
        const auto breaker = parse_breaker(breaker_);
        if (!breaker) throw Misuse(breaker.error());
        const auto idempotency_keep = parse_duration(idempotency_keep_);
        if (!idempotency_keep) throw Misuse("--idempotency-keep: " + idempotency_keep.error());
        auto webhook_secrets = read_webhook_secrets();
        check_backups();
        const auto upkeep = upkeep_options();

        const auto disk_reserve = parse_bytes(disk_reserve_);
        if (!disk_reserve) throw Misuse("--disk-reserve: " + disk_reserve.error());

        if (json_ && !check_) throw Misuse("--json needs --check: a server prints only where it listens");
        log_to_standard_error(log_format_, log_level_);
        std::signal(SIGPIPE, SIG_IGN);  // the reader of standard output may have exited
        StopSignals signals;
        count_repeated_lines();

        api::ServerOptions options{.listener = {.address = listen.address,
                                                .port = listen.port,
                                                .io_threads = io_threads_,
                                                .connections_max = connections_max(),
                                                .connections_per_address_max = connections_per_address_},
                                   .payments_webhook = std::move(webhook_secrets),
                                   .idempotency_keep = *idempotency_keep,
                                   .upkeep = upkeep};
        if (admin)
            options.admin = {.address = admin->address, .port = admin->port, .connections_max = admin_connections_max};
        api::ServerPorts ports{options};  // before anything is made
        if (check_) return print_configuration();

        auto backend = Backend::open({.data = data_,
                                      .backups = backups_,
                                      .payments = std::move(*payments),
                                      .breaker = *breaker,
                                      .reserve_for = std::chrono::seconds{reserve_for_},
                                      .refund_in_transit = refund_in_transit_,
                                      .receipts = api::receipts_kept_for(*idempotency_keep),
                                      .disk_reserve_bytes = *disk_reserve,
                                      .accept_loss = accept_loss_.transform([](auto at) { return Position{at}; })});
        if (!backend) throw Failure(backend.error());
        api::Server server{**backend, std::move(options), std::move(ports)};
        if (admin) std::printf("administration on %s\n", admin->url(server.admin_port()).c_str());
        say_started(**backend, {.version = SILLOK_VERSION,
                                .listen = listen.url(server.port()),
                                .admin = admin.transform([&](const auto& at) { return at.url(server.admin_port()); }),
                                .payments = without_secrets(payments_)});
        run_until_signal(server, listen, signals);
        return stop(**backend);
    }

   private:
    // Backups and the scrub.
    void declare_upkeep(CLI::App& app) {
        app.add_option("--backups", backups_,
                       "Directory below which POST /v1/admin/backups may write; without it backups are refused");
        app.add_option("--backup-every", backup_every_,
                       "Back up the log into --backups/scheduled again and again: 30m, 1h or 1d");
        app.add_option("--backup-keep", backup_keep_, "How many scheduled backups are kept, 1 or more; all without it")
            ->check(between(1, 1'000'000));
        app.add_option("--backup-max-rate", backup_max_rate_,
                       "The most bytes that a scheduled backup reads or writes in a second: 20MiB");
        app.add_option("--scrub-rate", scrub_rate_,
                       "Bytes of the log to read and check in a second: 2MiB, 0: none. Without it as many as read the "
                       "whole log within a week");
    }

    static ExitStatus stop(Backend& backend) {
        const auto begun = std::chrono::steady_clock::now();
        backend.stop();
        say_stopped(backend, begun);
        spdlog::default_logger()->flush();
        if (const auto failure = backend.store.failure()) throw Failure(failed_log(backend.data()->log(), *failure));
        return ExitStatus::done;
    }

    static ListenAddress loopback_address(const std::string& text) {
        const auto resolved = with_resolved_host(text);
        if (!resolved) throw Failure(resolved.error());
        auto address = parse_listen_address(*resolved);
        if (!address) throw Misuse(address.error());
        if (!address->is_loopback())
            throw Misuse("--auth off allows every request, so it listens on loopback addresses only, not on " + text);
        return *std::move(address);
    }

    // The log is opened as far as that changes nothing.
    [[nodiscard]] ExitStatus print_configuration() const {
        std::error_code error;
        const bool is_there = std::filesystem::exists(data_, error);
        if (is_there && !std::filesystem::is_empty(data_, error))
            std::make_unique<OfflineLog>(data_, OfflineLog::Access::read).reset();  // refused as a start would be
        const auto options = configuration_in_force(*app_, origins());
        if (json_) {
            auto json = nlohmann::ordered_json::array();
            for (const auto& option : options)
                json.push_back({{"option", option.name}, {"value", option.value}, {"source", option.source}});
            fmt::print("{}\n", nlohmann::ordered_json{{"ok", true}, {"options", std::move(json)}}.dump());
            return ExitStatus::done;
        }
        for (const auto& option : options)
            fmt::print("{:<32} {:<28} {}\n", option.name, option.value.empty() ? "-" : option.value, option.source);
        fmt::print("{}\n", is_there ? "it could be started so"
                                    : "it could be started so; " + data_.string() + " would be made");
        return ExitStatus::done;
    }

    static std::size_t connections_max() {
        const auto wanted = api::ListenerOptions{}.connections_max;
        const auto files = raise_open_files_max();
        const auto allowed = connections_within(files, wanted);
        if (allowed < wanted)
            spdlog::warn("at most {} connections at a time: {} files may be open (ulimit -n), {} connections need {}",
                         allowed, files, wanted, open_files_for(wanted));
        return allowed;
    }

    // That no backup can be written is better known now than in the night.
    void check_backups() const {
        if (!backups_) return;
        if (lies_inside(*backups_, data_))
            throw Failure("--backups " + backups_->string() + " is inside the data directory " + data_.string() +
                          "; choose another directory");
        const auto there = existing_part(*backups_);
        if (!std::filesystem::is_directory(there))
            throw Failure("--backups " + backups_->string() + ": " + there.string() + " is not a directory");
        if (::access(there.c_str(), W_OK | X_OK) != 0)
            throw Failure("--backups " + backups_->string() + ": " + there.string() +
                          " cannot be written to: " + std::generic_category().message(errno));
    }

    [[nodiscard]] api::UpkeepOptions upkeep_options() const {
        api::UpkeepOptions options{.scrub = api::ScrubWanted{}};
        if (scrub_rate_ == "0")
            options.scrub.reset();
        else if (!scrub_rate_.empty())
            options.scrub->bytes_per_second = rate_of("--scrub-rate", scrub_rate_);
        if (backup_every_.empty()) {
            if (backup_keep_ || !backup_max_rate_.empty())
                throw Misuse("--backup-keep and --backup-max-rate are of scheduled backups: give --backup-every, too");
            return options;
        }
        const auto every = parse_duration(backup_every_);
        if (!every) throw Misuse("--backup-every: " + every.error());
        if (*every == std::chrono::seconds{0}) throw Misuse("--backup-every must be 1s or more");
        if (!backups_) throw Misuse("--backup-every needs --backups, the directory below which backups are written");
        options.backups = api::ScheduleOptions{
            .every = *every, .keep = backup_keep_, .bytes_per_second = rate_of("--backup-max-rate", backup_max_rate_)};
        return options;
    }

    WebhookSecrets read_webhook_secrets() const {
        WebhookSecrets all;
        const auto add = [&all](const std::string& text, const std::string& option) {
            auto secrets = parse_webhook_secrets(text);
            if (!secrets) throw Misuse(option + ": " + secrets.error());
            std::ranges::move(*secrets, std::back_inserter(all));
        };
        for (const auto& text : webhook_secrets_) add(text, "--payments-webhook-secret");
        if (webhook_secret_file_) {
            std::ifstream file{*webhook_secret_file_};
            std::ostringstream text;
            text << file.rdbuf();
            if (!file) throw Failure("cannot read " + webhook_secret_file_->string());
            add(text.str(), webhook_secret_file_->string());
        }
        return all;
    }

    std::filesystem::path data_;
    std::optional<std::filesystem::path> backups_;
    std::string backup_every_;  // empty: none is scheduled
    std::optional<std::uint32_t> backup_keep_;
    std::string backup_max_rate_;
    std::string scrub_rate_;  // empty: as fast as the log's size demands
    std::string listen_ = "127.0.0.1:8080";
    std::string admin_listen_;  // empty: everything is served on listen_
    std::size_t connections_per_address_ = api::ListenerOptions{}.connections_per_address_max;
    std::string payments_ = "simulator";
    std::string breaker_;
    std::vector<std::string> webhook_secrets_;
    std::optional<std::filesystem::path> webhook_secret_file_;
    std::string idempotency_keep_ = "24h";
    std::int64_t reserve_for_ =
        std::chrono::duration_cast<std::chrono::seconds>(saga::Fulfilment::definition().expires->within).count();
    std::string disk_reserve_ = "256MiB";
    std::optional<std::uint64_t> accept_loss_;
    saga::RefundInTransit refund_in_transit_ = saga::RefundInTransit::on_return;
    Auth auth_ = Auth::off;
    LogFormat log_format_ = LogFormat::text;
    spdlog::level::level_enum log_level_ = spdlog::level::info;
    unsigned io_threads_ = 1;
    bool check_ = false;
    bool json_ = false;
    const CLI::App* app_ = nullptr;
};

}  // namespace

std::unique_ptr<Subcommand> make_serve() { return std::make_unique<Serve>(); }

}  // namespace sillok
