// The log as the next commit finds it: everything accepted so far, durable or not.
//
// What is durable is looked up in storage. What is not durable yet is kept in memory, and so are the entries used last,
// to save look-ups. Accepted entries are never taken back: a log whose write failed stops for good.
//
// Errors:  a look-up that fails throws StorageError.
// Threads: one at a time, except durable_up_to() and durable_group().
#pragma once

#include "eventstore/base/two_generation_cache.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/log_storage.hpp"
#include "eventstore/writer/open_group.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

class AcceptedLog {
   public:
    struct Stream {
        StreamNumber number;
        Version version;    // 0: the stream does not exist
        GroupNumber group;  // the last group that wrote to the stream
    };
    struct Command {
        KnownCommand known;
        GroupNumber group;
    };
    struct EventIdPlace {
        Position position;
        GroupNumber group;
    };

    AcceptedLog(const LogStorage& storage, std::size_t heads_max, std::size_t commands_max)
        : storage_(storage), streams_(heads_max), commands_(commands_max), event_ids_(commands_max) {}

    Stream find_stream(std::string_view name);
    std::optional<Command> find_command(const Uuid& command_id);
    std::optional<EventIdPlace> find_event_id(const Uuid& event_id);
    // The first event that violates the condition.
    std::optional<Position> find_violation(const TagCondition& condition);

    void put_stream(const std::string& name, const Stream& stream);
    void put_command(const Uuid& command_id, KnownCommand known, GroupNumber group);
    void put_event_id(const Uuid& event_id, Position position, GroupNumber group);
    void put_tag(const CommitGroup::Tag& tag, GroupNumber group);

    // Everything up to this group is durable: storage has its entries, so memory need not keep them.
    void durable_up_to(GroupNumber group) { durable_group_.store(group.value, std::memory_order_release); }
    [[nodiscard]] GroupNumber durable_group() const {
        return GroupNumber{durable_group_.load(std::memory_order_acquire)};
    }

   private:
    // A tag of an event that may not be durable yet, so the tag index in storage may lack it.
    struct RecentTag {
        GroupNumber group;
        CommitGroup::Tag entry;
    };
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    std::string* last_name(std::string_view stream);
    void forget_durable_tags();
    template <class Entry>
    [[nodiscard]] auto undurable() const {
        return [durable = durable_group()](const Entry& entry) { return entry.group > durable; };
    }

    const LogStorage& storage_;
    TwoGenerationCache<std::string, Stream, NameHash, std::equal_to<>> streams_;
    TwoGenerationCache<Uuid, Command, std::hash<Uuid>, std::equal_to<Uuid>> commands_;
    TwoGenerationCache<Uuid, EventIdPlace, std::hash<Uuid>, std::equal_to<Uuid>> event_ids_;
    std::deque<RecentTag> recent_tags_;
    // By category, the last name of its streams, durable or not. Names that begin with a time are created in their
    // order: a name after the last one is new, and needs no look-up.
    std::map<std::string, std::string, std::less<>> last_names_;
    std::atomic<std::uint64_t> durable_group_ = 0;
};

}  // namespace sillok
