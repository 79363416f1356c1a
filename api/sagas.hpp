// /v1/admin/sagas: every saga, and what an operator can do to one that stands still.
#pragma once

#include "api/answer.hpp"
#include "api/freshness.hpp"
#include "api/request.hpp"
#include "eventstore/clock.hpp"
#include "projections/saga_monitor.hpp"
#include "projections/view.hpp"
#include "sagas/saga_runtime.hpp"

namespace sillok::api {

class Sagas {
   public:
    // REQUIRES: everything referred to outlives it.
    Sagas(SagaRuntime& runtime, View<SagaMonitor>& rows, Freshness& freshness, const Clock& clock)
        : runtime_(runtime), rows_(rows), freshness_(freshness), clock_(clock) {}

    Answering list(const Request& request);
    Answering show(const Request& request);
    Answering retry(const Request& request);
    Answering skip(const Request& request);
    Answering compensate(const Request& request);
    Answering resume(const Request& request);
    Answering annotate(const Request& request);

   private:
    Answering intervene(const Request& request, saga::Verb verb);

    SagaRuntime& runtime_;
    View<SagaMonitor>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
