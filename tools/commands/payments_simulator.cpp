// `sillok payments-simulator`: a payment provider as a process of its own, for `sillok serve --payments http://...`.
#include "sagas/payments/payment_notice.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/duration.hpp"
#include "tools/listen_address.hpp"
#include "tools/log_format.hpp"
#include "tools/option_range.hpp"
#include "tools/payment_simulator/provider_server.hpp"
#include "tools/payment_simulator/webhook_sender.hpp"
#include "tools/run_until_signal.hpp"
#include "tools/stop_signals.hpp"

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sillok {
namespace {

class PaymentsSimulator final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("payments-simulator",
                                           "Simulate a payment provider over HTTP, for serve --payments URL");
        app->add_option("--listen", listen_, "Loopback address and port; port 0 takes any free one")
            ->capture_default_str();
        app->add_option("--profile", profile_,
                        "What goes wrong: 'decline=0.05,fail=0.01,forget=0.01,lose=0.01,mute=0.001,delay-ms=20,"
                        "patience-ms=50,seed=7,decline-customer=bad-*,forget-amount=666'; of webhooks "
                        "'webhook-delay-ms=20,webhook-late=0.1,webhook-late-ms=1000,webhook-duplicate=0.1,"
                        "webhook-lose=0.1'");
        app->add_option("--ledger", ledger_,
                        "The ledger file; each operation is synced to it before the response. Without it the ledger is "
                        "lost at exit");
        app->add_option("--authorisations-max", authorisations_max_,
                        "The largest number of authorisations kept; further ones get 503, none is dropped")
            ->check(between(1, 100'000'000))
            ->capture_default_str();
        app->add_option("--ledger-keep", keep_,
                        "How long calls are kept that are over, such as 30m or 90d: declined, voided, captured in "
                        "full. Authorisations that can still be captured stay")
            ->capture_default_str();
        app->add_option(
            "--webhooks", webhooks_,
            "Send a webhook for each operation to this URL, for example http://127.0.0.1:8080/v1/webhooks/payments");
        app->add_option(
            "--webhook-secret", webhook_secret_,
            "The secret that signs webhooks: whsec_ and base64. Give several, separated by spaces, while rotating");
        app->footer(
            "Example:\n  sillok payments-simulator --listen 127.0.0.1:8090 --profile decline=0.05,lose=0.01 --ledger "
            "ledger.jsonl\n  sillok serve --data ./data --payments http://127.0.0.1:8090");
        return app;
    }

    ExitStatus run() override {
        const auto resolved = with_resolved_host(listen_);
        if (!resolved) throw Failure(resolved.error());
        const auto listen = parse_listen_address(*resolved);
        if (!listen) throw Misuse(listen.error());
        if (!listen->is_loopback())
            throw Misuse("anybody may call the simulator, so it listens on loopback addresses only, not on " + listen_);
        const auto profile = parse_simulator_profile(profile_);
        if (!profile) throw Misuse(profile.error());
        const auto keep = parse_duration(keep_);
        if (!keep) throw Misuse("--ledger-keep: " + keep.error());
        auto webhooks = webhooks_of(*profile);

        log_to_standard_error(LogFormat::text, spdlog::level::info);
        std::signal(SIGPIPE, SIG_IGN);  // the reader of standard output may have exited
        StopSignals signals;

        api::BoundPort port{listen->address, listen->port};  // before a ledger is made
        SimulatedProvider provider{*profile, ProviderLedger{authorisations_max_}};
        const auto ledger_file = open_ledger_file(provider);
        const SystemClock clock;
        std::optional<WebhookSender> sender;
        ProviderServerOptions options;
        options.listener.address = listen->address;
        options.listener.port = listen->port;
        options.retention = {&clock, *keep};
        if (webhooks) {
            sender.emplace(clock, std::move(*webhooks));
            options.on_operation = [&](const ProviderOperation& operation) {
                send_notice(*sender, operation, *profile, clock.now());
            };
        }
        ProviderServer server{provider, ledger_file.get(), std::move(options), std::move(port)};
        run_until_signal(server, *listen, signals);
        spdlog::info("stopped");
        return ExitStatus::done;
    }

   private:
    std::optional<WebhookSenderOptions> webhooks_of(const SimulatorProfile& profile) const {
        if (webhooks_.empty()) {
            if (!webhook_secret_.empty() || profile.webhooks != WebhookProfile{})
                throw Misuse("without --webhooks URL no webhook is sent");
            return std::nullopt;
        }
        auto to = parse_http_address(webhooks_);
        if (!to) throw Misuse("--webhooks " + to.error());
        auto secrets = parse_webhook_secrets(webhook_secret_);
        if (!secrets) throw Misuse("--webhook-secret: " + secrets.error());
        return WebhookSenderOptions{.to = std::move(*to), .secrets = std::move(*secrets)};
    }

    // All copies of an operation's message have the same id, made from the key.
    static void send_notice(WebhookSender& sender, const ProviderOperation& operation, const SimulatorProfile& profile,
                            Timestamp now) {
        if (operation.type == ProviderOperation::Type::give_up) return;
        for (const auto after : webhook_times(profile, operation.key))
            sender.send("msg_" + operation.key.text(), payment_notice(operation, now), after);
    }

    std::unique_ptr<LedgerFile> open_ledger_file(SimulatedProvider& provider) const {
        if (!ledger_) return nullptr;
        auto file = LedgerFile::open(
            *ledger_, [&provider](const ProviderOperation& operation) { return provider.ledger().repost(operation); });
        if (!file) throw Failure(file.error());
        spdlog::info("{} authorisations in {}", provider.ledger().accounts().size(), ledger_->string());
        return std::move(*file);
    }

    std::string listen_ = "127.0.0.1:8090";
    std::string profile_;
    std::string webhooks_;
    std::string webhook_secret_;
    std::string keep_ = "90d";
    std::optional<std::filesystem::path> ledger_;
    std::size_t authorisations_max_ = 1'000'000;
};

}  // namespace

std::unique_ptr<Subcommand> make_payments_simulator() { return std::make_unique<PaymentsSimulator>(); }

}  // namespace sillok
