// Why the log refused a call. Each code has a stable name for clients.
#pragma once

#include <string_view>

namespace sillok {

enum class errc {
    version_conflict,     // a stream is not at the version that the commit expects
    condition_failed,     // an event violates one of the commit's conditions on tags
    event_id_known,       // some events of the commit are recorded, but not all of them adjacent and in order
    commit_empty,         // neither an event nor a receipt in the commit
    commit_too_large,     // over limits::commit_bytes_max or limits::commit_events_max
    event_too_large,      // payload over limits::event_bytes_max
    too_many_conditions,  // over limits::commit_conditions_max
    stream_repeated,      // one stream twice in a commit, its conditions included
    stream_name_invalid,
    event_type_invalid,
    tag_invalid,
    too_many_tags,    // over limits::event_tags_max, or one twice
    actor_invalid,    // over limits::name_bytes_max
    beyond_end,       // a position or version that does not exist yet
    overloaded,       // too many bytes wait for the disk; try again later
    log_unavailable,  // the disk failed: nothing is accepted before a restart
    closed,           // the store is shutting down
};

std::string_view name(errc code);  // "version-conflict", "log-unavailable" ...

// For people, without a full stop: "a stream is not at the version that the commit expects".
std::string_view sentence(errc code);

}  // namespace sillok
