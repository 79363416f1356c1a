// Gives every accepted commit its place: checks expected versions, conditions, command ids and event ids, assigns
// versions and positions, and lays the records of one commit group side by side.
//
// Accepting is a function of (what the log holds, the commit) alone: no clock, no chance, no disk but to
// look up what the log holds. It runs ahead of the disk: heads count what is accepted, durable or not. That
// is never taken back, because a log whose write failed stops for good.
//
// Threads: one at a time (the owner's mutex), but durable_group().
#pragma once

#include "eventstore/base/two_generation_cache.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

// Commits that wait for the disk together.
struct OpenGroup {
    struct Placed {
        Position position;
        StreamNumber stream;
        Version version;
        std::size_t offset;  // of its record in `records`
        std::size_t length;
    };
    std::uint64_t number = 0;  // groups count 1, 2, 3 ...
    std::size_t commits = 0;
    std::string records;
    std::vector<Placed> events;
    std::vector<CommitGroup::NewStream> new_streams;
    std::vector<CommitGroup::Command> commands;
    std::vector<CommitGroup::Tag> tags;
    std::vector<CommitGroup::EventId> event_ids;
    std::vector<StoredSnapshot> snapshots;  // no reason to write by themselves

    [[nodiscard]] bool empty() const { return events.empty() && commands.empty(); }
};

// A commit's place, and the group that makes it durable (one long durable, perhaps, for a repeated command).
struct AcceptedCommit {
    Appended appended;
    std::uint64_t group;
};

class Sequencer {
   public:
    Sequencer(const LogStorage& storage, std::size_t heads_max, std::size_t commands_max);

    // Accepts a commit into the open group, or refuses it and changes nothing.
    std::expected<AcceptedCommit, AppendError> accept(const Commit& commit);

    // Of a state that is accepted: it is durable with the open group, or is so already.
    void keep(StoredSnapshot snapshot) { open_.snapshots.push_back(std::move(snapshot)); }

    // A known command's receipt is replaced in the open group's write; false for an unknown command.
    bool replace_receipt(const Uuid& command_id, std::string receipt);

    // What a command id did: accepted or durable.
    std::optional<KnownCommand> find_command(const Uuid& command_id);

    // Whether nothing has been accepted for the stream yet.
    bool is_new(std::string_view stream) { return find_head(stream).version == Version{0}; }

    [[nodiscard]] const OpenGroup& open() const { return open_; }
    OpenGroup take_open();

    // Everything up to this group is durable: its heads and command ids may be looked up on disk again.
    void durable_up_to(std::uint64_t group) { durable_group_.store(group, std::memory_order_release); }
    [[nodiscard]] std::uint64_t durable_group() const { return durable_group_.load(std::memory_order_acquire); }

   private:
    struct Head {
        StreamNumber number;
        Version version;
        std::uint64_t group = 0;  // the last one that wrote to the stream
    };
    struct Command {
        KnownCommand known;
        std::uint64_t group = 0;
    };
    struct EventIdPlace {
        Position position;
        std::uint64_t group = 0;
    };
    // An event that is accepted and perhaps not durable yet, so that the tag index on disk may lack it.
    struct RecentTag {
        std::uint64_t group;
        Position position;
        std::string tag;
        std::string type;
    };
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    std::optional<Command> find(const Uuid& command_id);
    Head find_head(std::string_view stream);  // of version 0 when there is none
    std::string* last_name(std::string_view stream);
    std::expected<EventIdPlace, Uuid> find_event_ids(const Commit& commit);
    std::optional<EventIdPlace> find_event_id(const Uuid& event_id);
    std::optional<AppendError> check_streams(const Commit& commit);
    std::optional<AppendError> check(const TagCondition& condition);
    std::optional<AppendError> check(const Commit& commit);
    void place(const Commit& commit, const StreamAppend& append, std::uint16_t& rest);
    void index(const NewEvent& event);
    void forget_durable_tags();
    void remember(const Uuid& command_id, KnownCommand known);
    template <class Entry>
    [[nodiscard]] auto undurable() const {
        return [durable = durable_group()](const Entry& entry) { return entry.group > durable; };
    }

    const LogStorage& storage_;
    TwoGenerationCache<std::string, Head, NameHash, std::equal_to<>> heads_;
    TwoGenerationCache<Uuid, Command, std::hash<Uuid>, std::equal_to<Uuid>> commands_;
    TwoGenerationCache<Uuid, EventIdPlace, std::hash<Uuid>, std::equal_to<Uuid>> event_ids_;
    std::deque<RecentTag> recent_tags_;
    // By category, the last name of all its streams, durable or not. Names that begin with a time come in their order:
    // whatever comes behind the last one is new, and need not be looked up.
    std::map<std::string, std::string, std::less<>> last_names_;
    Position last_position_;
    StreamNumber last_stream_;
    OpenGroup open_;
    std::vector<Head> found_;  // of the appends of the commit being checked, in its order
    std::atomic<std::uint64_t> durable_group_ = 0;
};

}  // namespace sillok
