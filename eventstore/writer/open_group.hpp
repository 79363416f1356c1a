// The commits that the next synced write makes durable together, as the sequencer lays them out.
#pragma once

#include "eventstore/base/strong.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/snapshot.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sillok {

// Counts the groups since the log was opened: 1, 2, 3 ...; 0 means durable before that.
using GroupNumber = Strong<struct GroupNumberTag, std::uint64_t>;
constexpr GroupNumber next(GroupNumber group) { return GroupNumber{group.value + 1}; }

struct OpenGroup {
    struct Placed {
        Position position;
        StreamNumber stream;
        Version version;
        std::size_t offset;  // of its record in `records`
        std::size_t length;
    };
    GroupNumber number;
    std::size_t commits = 0;
    std::string records;
    std::vector<Placed> events;
    std::vector<CommitGroup::NewStream> new_streams;
    std::vector<CommitGroup::Command> commands;
    std::vector<CommitGroup::Tag> tags;
    std::vector<CommitGroup::EventId> event_ids;
    std::vector<StoredSnapshot> snapshots;  // written with the group, but no reason to write it

    [[nodiscard]] bool empty() const { return events.empty() && commands.empty(); }
};

// A commit's positions, and the group that makes it durable. A repeated commit may have been durable for long.
struct AcceptedCommit {
    Appended appended;
    GroupNumber group;
};

}  // namespace sillok
