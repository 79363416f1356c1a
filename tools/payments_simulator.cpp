// `sillok payments-simulator`: a payment provider as a process of its own, for `sillok serve --payments http://...`.
#include "sagas/provider_server.hpp"
#include "tools/listen_address.hpp"
#include "tools/log_format.hpp"
#include "tools/serve_until_told.hpp"
#include "tools/stop_signals.hpp"
#include "tools/subcommand.hpp"

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
                        "patience-ms=50,seed=7,decline-customer=bad-*,forget-amount=666'");
        app->add_option("--ledger", ledger_,
                        "The file that bookings are kept in, synced before each answer; without it they end with the "
                        "process");
        app->add_option("--authorisations-max", authorisations_max_,
                        "So many authorisations are kept in memory; a further one is answered with 503, none is "
                        "forgotten")
            ->check(CLI::Range(1, 100'000'000))
            ->capture_default_str();
        app->footer(
            "Example:\n  sillok payments-simulator --listen 127.0.0.1:8090 --profile decline=0.05,lose=0.01 --ledger "
            "ledger.jsonl\n  sillok serve --data ./data --payments http://127.0.0.1:8090");
        return app;
    }

    ExitStatus run() override {
        const auto listen = parse_listen_address(listen_);
        if (!listen) throw Misuse(listen.error());
        if (!listen->is_loopback())
            throw Misuse("the simulator lets everybody book, so it listens on loopback addresses only, not on " +
                         listen_);
        auto profile = parse_simulator_profile(profile_);
        if (!profile) throw Misuse(profile.error());

        log_to_standard_error(LogFormat::text, spdlog::level::info);
        std::signal(SIGPIPE, SIG_IGN);  // whoever read standard output may be gone
        StopSignals signals;

        SimulatedProvider provider{std::move(*profile), authorisations_max_};
        const auto journal = open_journal(provider);
        ProviderServer server{provider, journal.get(), {.address = listen->address, .port = listen->port}};
        serve_until_told(server, *listen, signals);
        spdlog::info("stopped");
        return ExitStatus::done;
    }

   private:
    std::unique_ptr<ProviderJournal> open_journal(SimulatedProvider& provider) const {
        if (!ledger_) return nullptr;
        auto journal = ProviderJournal::open(
            *ledger_, [&provider](const Booking& booking) { return provider.book_again(booking); });
        if (!journal) throw Failure(journal.error());
        spdlog::info("{} authorisations in {}", provider.books().ledger().size(), ledger_->string());
        return std::move(*journal);
    }

    std::string listen_ = "127.0.0.1:8090";
    std::string profile_;
    std::optional<std::filesystem::path> ledger_;
    std::size_t authorisations_max_ = 1'000'000;
};

}  // namespace

std::unique_ptr<Subcommand> make_payments_simulator() { return std::make_unique<PaymentsSimulator>(); }

}  // namespace sillok
