// /v1/admin/events: an operator's decision to leave out an event that this program cannot read.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/event_store.hpp"

namespace sillok::api {

class UnreadableEvents {
   public:
    // REQUIRES: everything referred to outlives it.
    UnreadableEvents(EventStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    ResponseTask skip(const Request& request);

   private:
    EventStore& store_;
    const Clock& clock_;
};

}  // namespace sillok::api
