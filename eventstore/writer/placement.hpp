// Lays an accepted commit into the open group: gives its events their positions, versions and ids, writes the bytes of
// their records, and adds the entries of the indexes.
//
// Pure: what it writes follows from the commit, from the versions of its streams and from the end of the log.
// Threads: one at a time.
#pragma once

#include "eventstore/commit.hpp"
#include "eventstore/writer/accepted_log.hpp"
#include "eventstore/writer/open_group.hpp"

#include <span>

namespace sillok {

class Placement {
   public:
    // Continues a log that ends here.
    Placement(Position last_position, StreamNumber last_stream, Timestamp last_time)
        : last_position_(last_position), last_stream_(last_stream), last_time_(last_time) {}

    [[nodiscard]] Position last_position() const { return last_position_; }

    // `streams` are those that the commit writes to, in its order: as they are, and afterwards as they have become.
    // Returns the positions; of a commit without events, first and last are 0.
    Appended place(const Commit& commit, std::span<AcceptedLog::Stream> streams, OpenGroup& group);

   private:
    void place(const Commit& commit, const StreamAppend& append, AcceptedLog::Stream& stream, std::uint16_t& rest,
               OpenGroup& group);

    Position last_position_;
    StreamNumber last_stream_;
    Timestamp last_time_;  // of the last event; no later one has an earlier time
};

}  // namespace sillok
