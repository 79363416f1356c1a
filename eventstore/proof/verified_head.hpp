// How far a log was last found whole: what an incremental verification starts from. One small file in the data
// directory, replaced after every verification that found nothing wrong.
//
// It is a shortcut for whoever trusts the disk since then; whoever does not keeps the root elsewhere and has it
// proven (log_tree.hpp), or verifies everything.
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
    Hash root{};  // of the tree of so many events
    friend bool operator==(const VerifiedHead&, const VerifiedHead&) = default;
};

// Nothing where there is no such file. The error is one sentence for people.
std::expected<std::optional<VerifiedHead>, std::string> read_verified_head(const std::filesystem::path& path);

// Whole or not at all, and synced. The error is one sentence for people; what was there before still is then.
std::expected<void, std::string> write_verified_head(const std::filesystem::path& path, const VerifiedHead& head);

}  // namespace sillok
