// `sillok snapshot`: the shortcuts past an aggregate's first events: what there is, make them, prove them, drop them.
#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "tools/offline_log.hpp"
#include "tools/subcommand.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

// What can be done with the snapshots of one kind of aggregate.
struct Kind {
    std::string_view category;
    Fingerprint fingerprint;
    Snapshot (*of_all_events)(const EventStore& store, const std::string& stream);
    // Why the snapshot, with the events after it, is not what all events give; nothing when it is.
    std::optional<std::string> (*flaw)(const EventStore& store, const StoredSnapshot& stored);
};

template <Decider D>
StateAt<D> replayed(const EventStore& store, const std::string& stream) {
    StateAt<D> at;
    at.catch_up(store, stream);
    return at;
}

template <Decider D>
std::optional<std::string> flaw_of(const EventStore& store, const StoredSnapshot& stored) {
    auto from_snapshot = StateAt<D>::restore(stored.snapshot);
    if (!from_snapshot) return "it cannot be read by this program";
    from_snapshot->catch_up(store, stored.stream);
    const auto from_start = replayed<D>(store, stored.stream);
    if (from_snapshot->version != from_start.version)
        return fmt::format("it is of version {}, but the stream ends at {}", stored.snapshot.version.value,
                           from_start.version.value);
    if (from_snapshot->position != from_start.position) return "it names another position than the log";
    if (!(from_snapshot->state == from_start.state)) return "its state is not the one that the events give";
    return std::nullopt;
}

template <Decider D>
constexpr Kind kind() {
    return {.category = D::category,
            .fingerprint = snapshot_fingerprint<D>(),
            .of_all_events = [](const EventStore& store,
                                const std::string& stream) { return replayed<D>(store, stream).snapshot(); },
            .flaw = flaw_of<D>};
}

constexpr Kind kinds[] = {kind<product::Product>(), kind<stock::Stock>(),       kind<order::Order>(),
                          kind<payment::Payment>(), kind<delivery::Delivery>(), kind<customer::Customer>()};

const Kind* kind_of(std::string_view stream) {
    for (const auto& one : kinds)
        if (one.category == category_of(stream)) return &one;
    return nullptr;
}

bool is_usable(const StoredSnapshot& stored) {
    const auto* found = kind_of(stored.stream);
    return found && found->fingerprint == stored.snapshot.fingerprint;
}

class SnapshotCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("snapshot", "Aggregate snapshots");
        app->require_subcommand(1);
        list_ = add(*app, "list", "What there is");
        build_ = add(*app, "build", "Make one of every aggregate with enough events");
        verify_ = add(*app, "verify", "Prove that snapshot and later events give what all events give");
        prune_ = add(*app, "prune", "Drop those that this program cannot use; all of them with --all");
        build_->add_option("--events", events_min_, "How many events are enough")
            ->check(CLI::PositiveNumber)
            ->capture_default_str();
        prune_->add_flag("--all", all_, "Drop every snapshot");
        app->footer("Example:\n  sillok snapshot verify --data ./data");
        return app;
    }

    ExitStatus run() override {
        if (list_->parsed()) return list();
        if (build_->parsed()) return build();
        if (verify_->parsed()) return verify();
        return prune();
    }

   private:
    CLI::App* add(CLI::App& app, const std::string& name, const std::string& description) {
        auto* sub = app.add_subcommand(name, description);
        sub->add_option("--data", data_, "The data directory of a server that is not running")->required();
        sub->add_flag("--json", json_, "One JSON object on standard output");
        sub->footer("Example:\n  sillok snapshot " + name + " --data ./data");
        return sub;
    }

    [[nodiscard]] ExitStatus list() const {
        const OfflineLog log{data_, OfflineLog::Access::read};
        auto all = Json::array();
        log.store.each_snapshot([&](const StoredSnapshot& stored) {
            const auto& snapshot = stored.snapshot;
            if (!json_)
                fmt::print("{:<40} version {:>8} position {:>10} {:>8} bytes{}\n", stored.stream,
                           snapshot.version.value, snapshot.position.value, snapshot.state.size(),
                           is_usable(stored) ? "" : " (not usable)");
            else
                all.push_back({{"stream", stored.stream},
                               {"version", snapshot.version.value},
                               {"position", snapshot.position.value},
                               {"bytes", snapshot.state.size()},
                               {"usable", is_usable(stored)}});
            return true;
        });
        if (json_) fmt::print("{}\n", Json{{"snapshots", std::move(all)}}.dump());
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus build() const {
        OfflineLog log{data_, OfflineLog::Access::write};
        std::vector<std::string> streams;  // saved after the walk: no writing under an iterator
        for (const auto& one : kinds)
            log.store.each_stream(std::string{one.category} + "-", [&](std::string_view stream, Version version) {
                if (version.value >= events_min_) streams.emplace_back(stream);
                return true;
            });
        for (const auto& stream : streams)
            log.store.save_snapshot(stream, kind_of(stream)->of_all_events(log.store, stream));
        report("built", streams.size(), "snapshots built");
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus verify() const {
        const OfflineLog log{data_, OfflineLog::Access::read};
        std::uint64_t checked = 0;
        auto flaws = Json::array();
        log.store.each_snapshot([&](const StoredSnapshot& stored) {
            if (!is_usable(stored)) return true;  // never used, so it cannot mislead
            ++checked;
            if (const auto flaw = kind_of(stored.stream)->flaw(log.store, stored)) {
                fmt::print(stderr, "{}: {}\n", stored.stream, *flaw);
                flaws.push_back({{"stream", stored.stream}, {"what", *flaw}});
            }
            return true;
        });
        const bool ok = flaws.empty();
        if (json_)
            fmt::print("{}\n", Json{{"ok", ok}, {"checked", checked}, {"problems", std::move(flaws)}}.dump());
        else
            fmt::print(stderr, "{} snapshots checked\n", checked);
        return ok ? ExitStatus::done : ExitStatus::failed;
    }

    [[nodiscard]] ExitStatus prune() const {
        OfflineLog log{data_, OfflineLog::Access::write};
        std::vector<std::string> dropped;
        log.store.each_snapshot([&](const StoredSnapshot& stored) {
            if (all_ || !is_usable(stored)) dropped.push_back(stored.stream);
            return true;
        });
        for (const auto& stream : dropped) log.store.drop_snapshot(stream);
        report("dropped", dropped.size(), "snapshots dropped");
        return ExitStatus::done;
    }

    void report(const char* field, std::size_t count, std::string_view sentence) const {
        if (json_)
            fmt::print("{}\n", Json{{field, count}}.dump());
        else
            fmt::print(stderr, "{} {}\n", count, sentence);
    }

    std::filesystem::path data_;
    bool json_ = false;
    bool all_ = false;
    std::uint64_t events_min_ = 256;
    CLI::App* list_ = nullptr;
    CLI::App* build_ = nullptr;
    CLI::App* verify_ = nullptr;
    CLI::App* prune_ = nullptr;
};

}  // namespace

std::unique_ptr<Subcommand> make_snapshot() { return std::make_unique<SnapshotCommand>(); }

}  // namespace sillok
