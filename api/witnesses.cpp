#include "api/witnesses.hpp"

#include "api/witness_file.hpp"
#include "eventstore/base/overloaded.hpp"
#include "eventstore/proof/verified_head.hpp"
#include "eventstore/storage/known_chain.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_checkpoint.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace sillok {
namespace {

namespace fs = std::filesystem;

std::string number(Position position) { return std::to_string(position.value); }

void add_known_end(const DataDirectory& directory, std::vector<Witness>& all) {
    const auto known = WitnessFile::read(directory.witness());
    if (!known || !*known) return;
    const auto& end = **known;
    all.push_back({directory.witness().string(), end.position, end.log_id, end.chain_hash});
}

void add_verified(const DataDirectory& directory, std::vector<Witness>& all) {
    const auto verified = read_verified_head(directory.verified());
    if (!verified || !*verified) return;
    const auto& head = **verified;
    all.push_back({directory.verified().string(), head.position, {}, head.chain_hash});
}

void add_sagas(const DataDirectory& directory, std::vector<Witness>& all) {
    const auto known = saga::Checkpoint::load_from(directory.sagas());
    if (known) all.push_back({directory.sagas().string(), known->position, {}, known->chain_hash});
}

void add_views(const DataDirectory& directory, std::vector<Witness>& all) {
    const auto seen = seen_by_read_models(directory.views());
    if (!seen || seen->empty()) return;
    const auto furthest = std::ranges::max_element(
        *seen, {}, [](const SeenByReadModel& model) { return model.checkpoint.consumed.position; });
    const auto& consumed = furthest->checkpoint.consumed;
    if (consumed.events != consumed.position.value) return;  // it has skipped events: the check of read models says so
    all.push_back({directory.views().string(), consumed.position, {}, furthest->checkpoint});
}

std::string has_seen(const Witness& witness) {
    return witness.path + " has seen position " + number(witness.position) +
           (witness.log_id ? " of log " + witness.log_id->text() : "");
}

// REQUIRES: the log goes as far as the witness.
bool knows_what_was_seen(const LogStorage& log, const Witness& witness) {
    return std::visit(Overloaded{[&](const Hash& hash) { return knows_chain(log, witness.position, hash); },
                                 [&](const ProjectionCheckpoint& checkpoint) {
                                     return ConsumedChain::resume(checkpoint, log).has_value();
                                 }},
                      witness.seen);
}

std::optional<Contradiction> contradiction_of(const DataDirectory& directory, const Witness& witness,
                                              const LogStorage& log) {
    using enum Contradiction::Kind;
    const auto path = directory.log().string();
    const auto id = log.identity().log_id;
    const auto end = log.head().position;
    // The id is nil where an older program's log is opened for reading.
    if (witness.log_id && !id.is_nil() && *witness.log_id != id)
        return Contradiction{another, witness, end, path + " holds log " + id.text() + ", but " + has_seen(witness)};
    if (end < witness.position)
        return Contradiction{shorter, witness, end,
                             path + " ends at position " + number(end) + ", but " + has_seen(witness)};
    if (!knows_what_was_seen(log, witness))
        return Contradiction{changed, witness, end,
                             path + " holds another event at position " + number(witness.position) + " than " +
                                 witness.path + " has seen there"};
    return std::nullopt;
}

}  // namespace

std::string Contradiction::refusal() const {
    return what + "; put back what belongs there, or restore a backup into another directory; to go on without the " +
           "rest, say sillok serve --accept-loss " + number(end);
}

std::vector<Witness> witnesses_of(const DataDirectory& directory) {
    std::vector<Witness> all;
    add_known_end(directory, all);
    add_verified(directory, all);
    add_sagas(directory, all);
    add_views(directory, all);
    return all;
}

std::optional<Contradiction> missing_log(const DataDirectory& directory, const std::vector<Witness>& witnesses) {
    const auto furthest = std::ranges::max_element(witnesses, {}, &Witness::position);
    if (furthest == witnesses.end() || furthest->position == Position{0}) return std::nullopt;
    std::error_code error;
    // Its other files are looked at when it is opened.
    if (fs::exists(directory.log(), error) && !fs::is_empty(directory.log(), error)) return std::nullopt;
    return Contradiction{Contradiction::Kind::missing, *furthest, Position{0},
                         directory.log().string() + " is missing, but " + has_seen(*furthest)};
}

std::optional<Contradiction> contradiction(const DataDirectory& directory, const std::vector<Witness>& witnesses,
                                           const LogStorage& log) {
    const bool is_known = !witnesses.empty() && witnesses.front().log_id == log.identity().log_id;
    for (const auto& witness : witnesses) {
        auto found = contradiction_of(directory, witness, log);
        if (!found) continue;
        const bool is_derived = witness.path == directory.views() || witness.path == directory.sagas();
        if (is_known && is_derived && found->kind == Contradiction::Kind::changed) continue;
        return found;
    }
    return std::nullopt;
}

}  // namespace sillok
