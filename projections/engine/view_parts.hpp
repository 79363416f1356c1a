// What a View is made of, for the two files that define its members.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "projections/engine/follower.hpp"
#include "projections/engine/view.hpp"

namespace sillok {

template <Projection P>
struct View<P>::Parts {
    Parts(const EventStore& event_log, ViewsDatabase& views)
        : log(event_log), database(views), follower(event_log, views) {}

    const EventStore& log;
    ViewsDatabase& database;
    Follower<P> follower;
    Mutex rebuild_mutex;  // one rebuild at a time
};

}  // namespace sillok
