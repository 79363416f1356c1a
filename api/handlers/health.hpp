// Handlers of /livez (restart the process?) and /readyz (send it requests?).
#pragma once

#include "api/data_directory.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/event_store.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_runtime.hpp"

namespace sillok::api {

class Health {
   public:
    // `data`: the data directory; null while the log is in memory.
    Health(const EventStore& store, const ReadModels& views, const SagaRuntime& sagas, const DataDirectory* data)
        : store_(store), views_(views), sagas_(sagas), data_(data), head_at_start_(store.head()) {}

    // Always 200: it only shows that the process responds.
    ResponseTask live(const Request& request);
    // 503 while the log accepts no commands, sagas or a read model have stopped, or a read model lacks events from
    // before this start.
    ResponseTask ready(const Request& request);

   private:
    const EventStore& store_;
    const ReadModels& views_;
    const SagaRuntime& sagas_;
    const DataDirectory* data_;
    const Position head_at_start_;
};

}  // namespace sillok::api
