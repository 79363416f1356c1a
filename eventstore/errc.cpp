#include "eventstore/errc.hpp"

#include <utility>

namespace sillok {

std::string_view name(errc code) {
    switch (code) {
        case errc::version_conflict: return "version-conflict";
        case errc::condition_failed: return "condition-failed";
        case errc::event_id_known: return "event-id-known";
        case errc::commit_empty: return "commit-empty";
        case errc::commit_too_large: return "commit-too-large";
        case errc::event_too_large: return "event-too-large";
        case errc::too_many_conditions: return "too-many-conditions";
        case errc::stream_repeated: return "stream-repeated";
        case errc::stream_name_invalid: return "stream-name-invalid";
        case errc::event_type_invalid: return "event-type-invalid";
        case errc::tag_invalid: return "tag-invalid";
        case errc::too_many_tags: return "too-many-tags";
        case errc::actor_invalid: return "actor-invalid";
        case errc::beyond_end: return "beyond-end";
        case errc::overloaded: return "overloaded";
        case errc::log_unavailable: return "log-unavailable";
        case errc::closed: return "closed";
    }
    std::unreachable();
}

std::string_view sentence(errc code) {
    switch (code) {
        case errc::version_conflict: return "a stream is not at the version that the commit expects";
        case errc::condition_failed: return "an event violates a condition of the commit";
        case errc::event_id_known: return "some events of the commit are recorded already, and not as it has them";
        case errc::commit_empty: return "the commit has neither an event nor a receipt";
        case errc::commit_too_large: return "the commit has too many bytes or events";
        case errc::event_too_large: return "an event has too many bytes";
        case errc::too_many_conditions: return "the commit has too many conditions";
        case errc::stream_repeated: return "the commit names a stream twice";
        case errc::stream_name_invalid:
            return "a stream's name is empty, too long or has a character that is not allowed";
        case errc::event_type_invalid:
            return "an event's type is empty, too long or has a character that is not allowed";
        case errc::tag_invalid: return "a tag is empty, too long or has a character that is not allowed";
        case errc::too_many_tags: return "an event has too many tags, or one twice";
        case errc::actor_invalid: return "the actor's name is too long";
        case errc::beyond_end: return "the position or version does not exist yet";
        case errc::overloaded: return "too many bytes wait for the disk; try again later";
        case errc::log_unavailable:
            return "a write to the disk failed: nothing is accepted before the log is opened again";
        case errc::closed: return "the store is closed";
    }
    std::unreachable();
}

}  // namespace sillok
