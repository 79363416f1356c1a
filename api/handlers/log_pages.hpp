// Handler of /v1/events: the log in pages.
#pragma once

#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/event_store.hpp"

namespace sillok::api {

class LogPages {
   public:
    LogPages(const EventStore& store, Freshness& freshness) : store_(store), freshness_(freshness) {}

    // ?after=&epoch=&category=&type=&limit=. A request reads a bounded number of events, so a filtered page may have
    // fewer items than its limit, or none, and still a next cursor.
    ResponseTask list(const Request& request);

   private:
    const EventStore& store_;
    Freshness& freshness_;
};

}  // namespace sillok::api
