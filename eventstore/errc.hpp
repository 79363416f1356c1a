// Why the log did not do what it was asked, each with a name that is stable outside.
#pragma once

#include <string_view>

namespace sillok {

enum class errc {
    version_conflict,     // a stream is not at the version that the commit expects
    condition_failed,     // an event stands against one of the commit's conditions on tags
    event_id_known,       // an event of the commit is recorded already, but not all of them side by side
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
    overloaded,       // too much waits for the disk already; try again later
    log_unavailable,  // the disk failed: nothing is accepted until a restart has checked the log
    closed,           // the store is shutting down
};

std::string_view name(errc code);  // "version-conflict", "log-unavailable" ...

}  // namespace sillok
