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

}  // namespace sillok
