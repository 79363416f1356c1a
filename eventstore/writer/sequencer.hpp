// Accepts commits in one order: checks each against the accepted log (commit_check.hpp), gives it its place in the open
// group (placement.hpp), and remembers it for the next (accepted_log.hpp).
//
// Accepting depends on the log and the commit alone: no clock, no randomness, no disk except to look up the log.
// It runs ahead of the disk and is never taken back: a log whose write failed stops for good.
//
// Errors:  a look-up that fails throws StorageError.
// Threads: one at a time (the owner's mutex), except durable_up_to() and durable_group().
#pragma once

#include "eventstore/writer/accepted_log.hpp"
#include "eventstore/writer/open_group.hpp"
#include "eventstore/writer/placement.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

class Sequencer {
   public:
    Sequencer(const LogStorage& storage, std::size_t heads_max, std::size_t commands_max);

    // Accepts a commit into the open group, or refuses it and changes nothing.
    std::expected<AcceptedCommit, AppendError> accept(const Commit& commit);

    // A snapshot of an accepted state. It is written with the open group.
    void keep(StoredSnapshot snapshot) { open_.snapshots.push_back(std::move(snapshot)); }

    // Replaces the receipt of an accepted command with the open group's write; false for an unknown command.
    bool replace_receipt(const Uuid& command_id, std::string receipt);

    // The entry of an accepted command, durable or not.
    std::optional<KnownCommand> find_command(const Uuid& command_id);

    // Whether no event of the stream has been accepted.
    bool is_new(std::string_view stream) { return accepted_.find_stream(stream).version == Version{0}; }

    [[nodiscard]] const OpenGroup& open() const { return open_; }
    // Takes the open group, to be written; the next one is opened.
    OpenGroup take_open();

    void durable_up_to(GroupNumber group) { accepted_.durable_up_to(group); }
    [[nodiscard]] GroupNumber durable_group() const { return accepted_.durable_group(); }

   private:
    AcceptedLog accepted_;
    Placement placement_;
    OpenGroup open_;
    std::vector<AcceptedLog::Stream> streams_;  // of the commit being accepted
};

}  // namespace sillok
