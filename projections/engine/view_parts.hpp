// What a View is made of, for the two files that define its members.
#pragma once

#include "projections/engine/follower.hpp"
#include "projections/engine/view.hpp"

#include <mutex>

namespace sillok {

template <Projection P>
struct View<P>::Parts {
    Parts(const EventStore& event_log, ViewsDatabase& views)
        : log(event_log), database(views), follower(event_log, views) {}

    const EventStore& log;
    ViewsDatabase& database;
    Follower<P> follower;
    std::mutex rebuild_mutex;  // one rebuild at a time
};

}  // namespace sillok
