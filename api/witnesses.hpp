// What the files beside the log have seen of it. They say whether the log in a data directory is the one that belongs
// there, and whether its end is still there: a disk that is not mounted, an older copy or another log cannot say so.
//
// Witnesses: WITNESS (witness_file.hpp), VERIFIED, the sagas' checkpoint, the read models' checkpoints.
// Errors:    a witness that is missing or damaged says nothing.
// Threads:   any thread may call any function.
#pragma once

#include "api/data_directory.hpp"
#include "eventstore/base/sha256.hpp"
#include "eventstore/position.hpp"
#include "eventstore/storage/log_storage.hpp"
#include "projections/engine/consumed.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sillok {

struct Witness {
    std::string path;                                        // of the file or directory
    Position position;                                       // the last one that it has seen
    std::optional<Uuid> log_id = {};                         // of the log that it knows
    std::variant<Hash, ProjectionCheckpoint> seen = Hash{};  // the chain hash there, or a hash over everything before
};

// The most reliable one first. Of the read models, the one that is furthest.
std::vector<Witness> witnesses_of(const DataDirectory& directory);

// The log is not the one that a witness has seen.
struct Contradiction {
    enum class Kind { missing, another, shorter, changed };
    Kind kind;
    Witness witness;
    Position end;      // of the log
    std::string what;  // a sentence

    // The sentence, and what to do.
    [[nodiscard]] std::string refusal() const;
};

// Where the log's directory holds no log. Nothing if there is one, or if no witness has seen an event.
std::optional<Contradiction> missing_log(const DataDirectory& directory, const std::vector<Witness>& witnesses);

// Nothing if the log is the one that all witnesses have seen, and goes at least as far.
// Read models and a sagas' checkpoint of another log are no contradiction where WITNESS knows this one: they are made
// again.
std::optional<Contradiction> contradiction(const DataDirectory& directory, const std::vector<Witness>& witnesses,
                                           const LogStorage& log);

}  // namespace sillok
