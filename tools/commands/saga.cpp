// `sillok saga`: `check` says whether this program would continue the sagas of an older program as that one would; the
// others ask a running server (tools/operations/saga_operations.hpp).
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/skipped_event.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/journal_check.hpp"
#include "sagas/engine/provider_call_keys.hpp"
#include "sagas/engine/saga_names.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/offline_log.hpp"
#include "tools/operations/saga_operations.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;
using saga::Divergence;
using saga::JournalEntry;

constexpr std::size_t page_events = 512;

struct Journal {
    std::vector<JournalEntry> entries;
    bool live = false;
};

// The error names an event that this program cannot read.
std::expected<Journal, Divergence> read_ledger_file(const EventStore& store, std::string_view stream) {
    Journal journal;
    for (Version read;;) {
        const auto page = store.read_stream(stream, next(read), page_events);
        if (page.empty()) return journal;
        for (const auto& recorded : page) {
            read = recorded.version;
            auto event = decode<saga::Event>(recorded);
            if (!event && (is_skip(recorded) || skip_of(store, recorded))) continue;
            if (!event)
                return std::unexpected(Divergence{recorded.version, std::string{recorded.type}, event.error().what});
            if (std::holds_alternative<saga::event::Ended>(*event)) journal.live = false;
            if (std::holds_alternative<saga::event::Started>(*event) ||
                std::holds_alternative<saga::event::Reopened>(*event))
                journal.live = true;
            journal.entries.push_back(
                {*std::move(event), recorded.time,
                 saga::key_space_of(store.identity(), store.identity().epoch_of(recorded.position))});
        }
    }
}

class SagaCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("saga", "List, show, act on and check sagas");
        app->require_subcommand(1);
        auto* check = app->add_subcommand(
            "check", "Replay running sagas with this program and list those that it would continue differently");
        add_data_option(*check, data_)->required();
        check->add_flag("--all", all_, "Also check sagas that have ended");
        check->add_flag("--json", json_, "One JSON object on standard output");
        check->footer("Example:\n  sillok saga check --data ./data");
        operations_.declare(*app);
        app->footer("Example:\n  sillok saga list --state parked --server http://127.0.0.1:8080");
        return app;
    }

    ExitStatus run() override {
        if (operations_.is_meant()) return operations_.run();
        const OfflineLog log{data_, OfflineLog::Access::read};
        std::uint64_t checked = 0;
        auto diverging = Json::array();
        log.store.each_stream(saga::journal_prefix, [&](std::string_view stream, Version) {
            const auto* manager = saga::manager_of(stream, saga::all_sagas());
            if (manager == nullptr) return true;
            const auto journal = read_ledger_file(log.store, stream);
            if (journal && !journal->live && !all_) return true;
            ++checked;
            const auto found = journal ? divergence_of(*manager, journal->entries) : journal.error();
            if (found) tell(diverging, std::string{stream.substr(stream.find('-') + 1)}, *found);
            return true;
        });
        const bool ok = diverging.empty();
        if (json_)
            fmt::print("{}\n", Json{{"ok", ok}, {"checked", checked}, {"diverging", std::move(diverging)}}.dump());
        else
            fmt::print("{} sagas checked, {} of them diverge\n", checked, diverging.size());
        return ok ? ExitStatus::done : ExitStatus::different;
    }

   private:
    void tell(Json& diverging, const std::string& name, const Divergence& found) const {
        if (!json_)
            fmt::print("{}: event {} is '{}'; this program: {}\n", name, found.version.value, found.recorded,
                       found.expected);
        if (json_)
            diverging.push_back({{"saga", name},
                                 {"version", found.version.value},
                                 {"recorded", found.recorded},
                                 {"expected", found.expected}});
        else
            diverging.push_back(name);
    }

    SagaOperations operations_;
    std::filesystem::path data_;
    bool all_ = false;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_saga() { return std::make_unique<SagaCommand>(); }

}  // namespace sillok
