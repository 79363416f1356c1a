// Up to where a log was last verified: the start of an incremental verification. One small file in the data directory,
// replaced after every verification without problems.
//
// It is enough for a reader who trusts the disk since then. Other readers keep the root elsewhere and ask for a proof
// (log_tree.hpp), or verify everything.
#pragma once

#include "eventstore/proof/log_tree.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace sillok {

struct VerifiedHead {
    Position position;
    Hash chain_hash{};
    Hash root{};  // of the tree over the events up to position
    friend bool operator==(const VerifiedHead&, const VerifiedHead&) = default;
};

// Returns nothing if there is no such file. The error is one sentence for people.
std::expected<std::optional<VerifiedHead>, std::string> read_verified_head(const std::filesystem::path& path);

// Replaces the file completely, and syncs it. The error is one sentence for people; the old file is then still there.
std::expected<void, std::string> write_verified_head(const std::filesystem::path& path, const VerifiedHead& head);

}  // namespace sillok
