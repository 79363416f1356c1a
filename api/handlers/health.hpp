// Handlers of /livez (restart the process?) and /readyz (send it requests?).
#pragma once

#include "api/disk_watch.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "api/upkeep.hpp"
#include "eventstore/event_store.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_runtime.hpp"

namespace sillok::api {

class Health {
   public:
    // REQUIRES: they outlive it. `disk`: null while the log is in memory.
    Health(const EventStore& store, const ReadModels& views, const SagaRuntime& sagas, const DiskWatch* disk,
           const Upkeep& upkeep)
        : store_(store), views_(views), sagas_(sagas), disk_(disk), upkeep_(upkeep), head_at_start_(store.head()) {}

    // Always 200: it only shows that the process responds.
    ResponseTask live(const Request& request);
    // 503 while the log accepts no commands, sagas or a read model have stopped, or a read model lacks events from
    // before this start.
    ResponseTask ready(const Request& request);

   private:
    const EventStore& store_;
    const ReadModels& views_;
    const SagaRuntime& sagas_;
    const DiskWatch* const disk_;
    const Upkeep& upkeep_;
    const Position head_at_start_;
};

}  // namespace sillok::api
