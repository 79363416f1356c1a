// `sillok proof`: makes Merkle proofs for a reader who has a root of the log and trusts nobody who keeps the log.
#include "eventstore/proof/log_tree.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/offline_log.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<Hash>& path) {
    auto json = Json::array();
    for (const auto& hash : path) json.push_back(hex(hash));
    return json;
}

class ProofCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("proof", "Make a Merkle proof for somebody who has a root of the log");
        app->require_subcommand(1);
        inclusion_ =
            app->add_subcommand("inclusion", "Prove that an event is in the log, as JSON for sillok-check-proof");
        add_data(*inclusion_);
        inclusion_->add_option("--position", position_, "The event's position")->required();
        inclusion_->add_option("--size", size_,
                               "Prove it for the log as it was with this number of events (default: all)");
        inclusion_->footer("Example:\n  sillok proof inclusion --data ./data --position 7 | sillok-check-proof");
        consistency_ = app->add_subcommand(
            "consistency", "Prove that an older log is the beginning of this one, as JSON for sillok-check-proof");
        add_data(*consistency_);
        consistency_->add_option("--from-size,--from", size_from_, "Number of events in the older log")->required();
        consistency_->add_option("--to-size,--to", size_, "Number of events in the newer log (default: all)");
        consistency_->footer(
            "Example:\n  sillok proof consistency --data ./data --from 1000 | sillok-check-proof --from-root 5dc9...");
        app->footer("Example:\n  sillok proof inclusion --data ./data --position 7 | sillok-check-proof");
        return app;
    }

    ExitStatus run() override {
        const OfflineLog log{data_, OfflineLog::Access::read};
        const auto head = log.store.head().value;
        const TreeSize size{size_.value_or(head)};
        if (size.value > head)
            throw Failure(fmt::format("the log has {} events, not {}", head, size.value), "position-unknown");
        const auto json = inclusion_->parsed() ? inclusion(log.store, size) : consistency(log.store, size);
        fmt::print("{}\n", json.dump());
        return ExitStatus::done;
    }

   private:
    void add_data(CLI::App& app) {
        add_data_option(app, data_)->required();
        app.add_flag("--json", json_, "Changes nothing: a proof is always one JSON object");
    }

    // What the message has not said yet.
    static std::string length_of(const EventStore& store, TreeSize size) {
        const auto head = store.head().value;
        return head == size.value ? "" : fmt::format("; this one has {}", head);
    }

    [[nodiscard]] Json inclusion(const EventStore& store, TreeSize size) const {
        const auto proof = store.prove_inclusion(Position{position_}, size);
        if (!proof)
            throw Failure(fmt::format("there is no position {} in a log of {} events{}", position_, size.value,
                                      length_of(store, size)));
        const Sha256 sha256;
        return {{"kind", "inclusion"},
                {"position", proof->position.value},
                {"treeSize", proof->tree.size.value},
                {"root", hex(proof->tree.root)},
                {"previousChainHash", hex(proof->previous_chain_hash)},
                {"recordBody", hex(proof->record_body)},
                {"chainHash", hex(sha256({bytes_of(proof->previous_chain_hash), proof->record_body}))},
                {"path", json_of(proof->path)}};
    }

    [[nodiscard]] Json consistency(const EventStore& store, TreeSize size) const {
        const auto proof = store.prove_consistency(TreeSize{size_from_}, size);
        if (!proof)
            throw Failure(fmt::format("a log of {} events is not the beginning of one of {}{}", size_from_, size.value,
                                      length_of(store, size)));
        return {{"kind", "consistency"},         {"from", proof->from.size.value},
                {"to", proof->to.size.value},    {"fromRoot", hex(proof->from.root)},
                {"toRoot", hex(proof->to.root)}, {"path", json_of(proof->path)}};
    }

    std::filesystem::path data_;
    std::uint64_t position_ = 0;
    std::uint64_t size_from_ = 0;
    std::optional<std::uint64_t> size_;
    bool json_ = false;
    CLI::App* inclusion_ = nullptr;
    CLI::App* consistency_ = nullptr;
};

}  // namespace

std::unique_ptr<Subcommand> make_proof() { return std::make_unique<ProofCommand>(); }

}  // namespace sillok
