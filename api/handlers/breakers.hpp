// /v1/admin/breakers: the circuit breakers before what is outside, and the operator's hand on them.
// There is one: "payments", before the payment provider.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "sagas/engine/saga_runtime.hpp"

namespace sillok::api {

class Breakers {
   public:
    // REQUIRES: the sagas outlive it.
    explicit Breakers(SagaRuntime& sagas) : sagas_(sagas) {}

    ResponseTask list(const Request& request);
    // Each answers with the breaker as it stands afterwards; 404 breaker-unknown.
    ResponseTask open(const Request& request) { return set(request, BreakerMode::open); }
    ResponseTask close(const Request& request) { return set(request, BreakerMode::closed); }
    ResponseTask leave_alone(const Request& request) { return set(request, BreakerMode::automatic); }

   private:
    ResponseTask set(const Request& request, BreakerMode mode);

    SagaRuntime& sagas_;
};

}  // namespace sillok::api
