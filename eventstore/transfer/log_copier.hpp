// Writes records that were sealed elsewhere into an empty log, with everything that stands beside them: indexes,
// what is remembered of commands, the tree. The records stay what they were, byte for byte and hash for hash.
// Snapshots stay behind, for the log replaces them, and so do readers' checkpoints: readers begin anew.
//
// Order:     records come from position 1 on, without gaps; each is checked against those before it.
// Atomicity: only whole commits reach the storage.
// Threads:   one at a time.
// Memory:    per stream, not per event.
#pragma once

#include "eventstore/known_command.hpp"
#include "eventstore/proof/log_tree.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>

namespace sillok {

class LogCopier {
   public:
    // REQUIRES: `to` is empty, and outlives the log_copier.
    explicit LogCopier(LogStorage& to) : to_(to) {}

    // The next record. `receipt` is what is kept under the command of the commit that ends with it. The error says why
    // the record does not continue the log, or what the disk says; nothing can be added any more then.
    std::expected<void, std::string> add(std::string_view record, std::string receipt = {});
    // A command that made no event.
    std::expected<void, std::string> add(const Uuid& command_id, const KnownCommand& known);

    // Makes durable what was added. An error, too, where the last commit is not whole.
    std::expected<void, std::string> finish();

    // Of the last record that was added.
    [[nodiscard]] Position position() const { return position_; }
    [[nodiscard]] const Hash& chain_hash() const { return chain_; }

   private:
    std::expected<void, std::string> check(const Recorded& event, std::string_view record);
    bool is_known(const Recorded& event) const;
    void place(const Recorded& event, std::string_view record);
    std::expected<void, std::string> write();

    LogStorage& to_;
    Sha256 sha256_;
    Position position_;
    Hash chain_{};
    merkle::Frontier frontier_;
    std::unordered_map<std::string, StreamHead> streams_;
    Position commit_first_;          // of the commit that is not whole yet
    Uuid commit_command_;            // likewise
    std::uint16_t commit_rest_ = 0;  // so many of its events are still to come

    // What waits to be written.
    CommitGroup group_;
    std::string records_;
    std::vector<std::size_t> lengths_;
    std::unordered_set<Uuid> new_ids_;  // of commands and events, for those on disk can be looked up there
};

// Where a copy ends: with the last whole commit up to a position, or before the first commit that is later than a time.
using Until = std::variant<Position, Timestamp>;

struct Copied {
    Position position;
    Hash chain_hash{};
};

// Copies a log up to there into an empty one. `progress` hears the position now and then.
// Throws StorageError where `from` cannot be read.
std::expected<Copied, std::string> copy_log(const LogStorage& from, LogStorage& to, const Until& until,
                                            const std::function<void(Position)>& progress = {});

}  // namespace sillok
