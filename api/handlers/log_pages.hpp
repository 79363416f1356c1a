// Handler of /v1/events: the log itself, a page at a time.
#pragma once

#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/event_store.hpp"

namespace sillok::api {

class LogPages {
   public:
    LogPages(const EventStore& store, Freshness& freshness) : store_(store), freshness_(freshness) {}

    // ?after=&category=&type=&limit=. A request looks at a bounded number of events: a page may hold fewer than
    // its limit, even none, and its cursor goes on.
    ResponseTask list(const Request& request);

   private:
    const EventStore& store_;
    Freshness& freshness_;
};

}  // namespace sillok::api
