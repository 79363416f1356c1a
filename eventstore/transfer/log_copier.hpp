// Writes records that were sealed elsewhere into an empty log, with their index entries, their commands and the Merkle
// tree. The records keep their bytes and hashes. Snapshots are not copied: they can be made again. A copy has an
// identity of its own until begin_epoch().
//
// Order:     records come from position 1 on, without gaps; each is checked against those before it.
// Atomicity: only whole commits reach the storage.
// Memory:    per stream, not per event.
// Threads:   one at a time.
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
    // REQUIRES: `to` is empty, and outlives the copier.
    explicit LogCopier(LogStorage& to) : to_(to) {}

    // Adds the next record. `receipt` belongs to the command of the commit that ends with this record. The error says
    // why the record does not continue the log, or is the storage's; nothing can be added after an error.
    std::expected<void, std::string> add(std::string_view record, std::string receipt = {});
    // Adds a command without events.
    std::expected<void, std::string> add(const Uuid& command_id, const KnownCommand& known);

    // Makes durable what was added. Also an error if the last commit is not complete.
    std::expected<void, std::string> finish();

    // Of the last record added.
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
    Position commit_first_;          // of the commit that is not complete yet
    Uuid commit_command_;            // likewise
    std::uint16_t commit_rest_ = 0;  // number of its events still to come

    // Waiting to be written:
    CommitGroup group_;
    std::string records_;
    std::vector<std::size_t> lengths_;
    std::unordered_set<Uuid> new_ids_;  // of commands and events not written yet; the others are looked up in storage
};

// Where a copy ends: after the last whole commit up to a position, or before the first commit after a time.
using Until = std::variant<Position, Timestamp>;

// Whether the commit that begins with this event belongs to the copy.
bool goes_before(const Recorded& first, const Until& until);

struct Copied {
    Position position;
    Hash chain_hash{};
    Position left_out_to{};  // the last position of the first commit that was left out; 0: there is none
};

// Copies a log up to there into an empty one, with its readers' checkpoints: what was handed out stays handed out.
// `progress` is called with the position from time to time. Throws StorageError if `from` cannot be read.
std::expected<Copied, std::string> copy_log(const LogStorage& from, LogStorage& to, const Until& until,
                                            const std::function<void(Position)>& progress = {});

// Makes a copy of a log a log of its own: the same log id, and an epoch that begins at the copy's end.
std::expected<void, std::string> begin_epoch(LogStorage& copy, LogIdentity original);

}  // namespace sillok
