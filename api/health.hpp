// Handlers of /livez and /readyz: whether to restart this process, and whether to send it requests.
#pragma once

#include "api/answer.hpp"
#include "api/request.hpp"
#include "eventstore/event_store.hpp"
#include "projections/read_models.hpp"
#include "sagas/saga_runtime.hpp"

namespace sillok::api {

class Health {
   public:
    Health(const EventStore& store, const ReadModels& views, const SagaRuntime& sagas)
        : store_(store), views_(views), sagas_(sagas) {}

    // Depends on nothing outside the process: that it answers is the answer.
    Answering live(const Request& request);
    // 503 while commands cannot be taken or carried out, or a read model has stopped.
    Answering ready(const Request& request);

   private:
    const EventStore& store_;
    const ReadModels& views_;
    const SagaRuntime& sagas_;
};

}  // namespace sillok::api
