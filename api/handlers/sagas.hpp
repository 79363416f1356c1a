// /v1/admin/sagas: the sagas, and the actions of an operator on a parked one.
#pragma once

#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/base/clock.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/saga_monitor.hpp"
#include "sagas/engine/saga_runtime.hpp"

#include <string_view>

namespace sillok::api {

class Sagas {
   public:
    // REQUIRES: everything referred to outlives it.
    Sagas(SagaRuntime& runtime, View<SagaMonitor>& rows, Freshness& freshness, const Clock& clock)
        : runtime_(runtime), rows_(rows), freshness_(freshness), clock_(clock) {}

    ResponseTask list(const Request& request);
    ResponseTask show(const Request& request);
    ResponseTask retry(const Request& request);
    ResponseTask skip(const Request& request);
    ResponseTask write_off(const Request& request);
    ResponseTask compensate(const Request& request);
    ResponseTask resume(const Request& request);
    ResponseTask annotate(const Request& request);

   private:
    ResponseTask intervene(const Request& request, saga::OperatorAction verb, std::string_view result = {});

    SagaRuntime& runtime_;
    View<SagaMonitor>& rows_;
    Freshness& freshness_;
    const Clock& clock_;
};

}  // namespace sillok::api
