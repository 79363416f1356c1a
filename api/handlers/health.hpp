// Handlers of /livez and /readyz: whether to restart this process, and whether to send it requests.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/event_store.hpp"
#include "projections/read_models.hpp"
#include "sagas/engine/saga_runtime.hpp"

namespace sillok::api {

class Health {
   public:
    Health(const EventStore& store, const ReadModels& views, const SagaRuntime& sagas)
        : store_(store), views_(views), sagas_(sagas), head_at_start_(store.head()) {}

    // Depends on nothing outside the process: that it answers is the answer.
    ResponseTask live(const Request& request);
    // 503 while commands cannot be taken or carried out, a read model has stopped, or one does not show yet what was
    // acknowledged before this process started.
    ResponseTask ready(const Request& request);

   private:
    const EventStore& store_;
    const ReadModels& views_;
    const SagaRuntime& sagas_;
    const Position head_at_start_;
};

}  // namespace sillok::api
