// `sillok snapshot`: lists, builds, checks and deletes aggregate snapshots.
#include "aggregates/aggregate_snapshots.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/offline_log.hpp"
#include "tools/option_range.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

// A random sample of up to N items, each with the same probability (reservoir sampling).
class Sample {
   public:
    explicit Sample(std::optional<std::size_t> size) : size_(size) {}

    void offer(const std::string& stream) {
        ++offered_;
        if (!size_ || chosen_.size() < *size_) {
            chosen_.push_back(stream);
        } else if (const auto place = std::uniform_int_distribution<std::uint64_t>{0, offered_ - 1}(random_);
                   place < *size_) {
            chosen_[place] = stream;
        }
    }
    [[nodiscard]] const std::vector<std::string>& chosen() const { return chosen_; }
    [[nodiscard]] std::uint64_t offered() const { return offered_; }

   private:
    const std::optional<std::size_t> size_;
    std::mt19937_64 random_{std::random_device{}()};
    std::vector<std::string> chosen_;
    std::uint64_t offered_ = 0;
};

class SnapshotCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("snapshot", "List, build, check or delete aggregate snapshots");
        app->require_subcommand(1);
        list_ = add(*app, "list", "List the snapshots");
        build_ = add(*app, "build", "Make a snapshot of each aggregate that has at least --events events");
        verify_ = add(*app, "verify", "Check that each snapshot plus later events gives the same state as all events");
        prune_ = add(*app, "prune", "Delete snapshots that this program cannot use, or with --all every snapshot");
        build_->add_option("--events", events_min_, "The smallest number of events that gets a snapshot")
            ->check(at_least(1))
            ->capture_default_str();
        verify_->add_option("--sample", sample_, "Check only this number of snapshots, chosen at random")
            ->check(at_least(1));
        prune_->add_flag("--all", all_, "Delete every snapshot");
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
        add_data_option(*sub, data_)->required();
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
        std::vector<std::string> streams;  // saved after the scan: no writes while iterating
        for (const auto category : snapshot_categories())
            log.store.each_stream(std::string{category} + "-", [&](std::string_view stream, Version version) {
                if (version.value >= events_min_) streams.emplace_back(stream);
                return true;
            });
        std::size_t built = 0;
        for (const auto& stream : streams) {
            const auto snapshot = replayed_snapshot(log.store, stream);
            if (!snapshot) continue;  // its first event cannot be read
            log.store.save_snapshot(stream, *snapshot);
            ++built;
        }
        report("built", built, "snapshots built");
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus verify() const {
        const OfflineLog log{data_, OfflineLog::Access::read};
        Sample sample{sample_};
        log.store.each_snapshot([&](const StoredSnapshot& stored) {
            if (is_usable(stored)) sample.offer(stored.stream);  // an unusable snapshot is never loaded
            return true;
        });
        auto flaws = Json::array();
        for (const auto& stream : sample.chosen()) {
            if (const auto flaw = flaw_of(log.store, {stream, log.store.load_snapshot(stream).value()})) {
                if (!json_) fmt::print("{}: {}\n", stream, *flaw);
                flaws.push_back({{"stream", stream}, {"what", *flaw}});
            }
        }
        const bool ok = flaws.empty();
        const auto checked = sample.chosen().size();
        if (json_)
            fmt::print(
                "{}\n",
                Json{{"ok", ok}, {"checked", checked}, {"usable", sample.offered()}, {"problems", std::move(flaws)}}
                    .dump());
        else
            fmt::print("{} of {} snapshots checked\n", checked, sample.offered());
        return ok ? ExitStatus::done : ExitStatus::different;
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
            fmt::print("{} {}\n", count, sentence);
    }

    std::filesystem::path data_;
    bool json_ = false;
    bool all_ = false;
    std::optional<std::size_t> sample_;
    std::uint64_t events_min_ = 256;
    CLI::App* list_ = nullptr;
    CLI::App* build_ = nullptr;
    CLI::App* verify_ = nullptr;
    CLI::App* prune_ = nullptr;
};

}  // namespace

std::unique_ptr<Subcommand> make_snapshot() { return std::make_unique<SnapshotCommand>(); }

}  // namespace sillok
