// /v1/admin/breakers: the circuit breakers, and an operator's control of them. There is one: "payments".
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
    // Each responds with the breaker after the change, or with 404 breaker-unknown.
    ResponseTask open(const Request& request) { return set(request, BreakerMode::open); }
    ResponseTask close(const Request& request) { return set(request, BreakerMode::closed); }
    ResponseTask set_automatic(const Request& request) { return set(request, BreakerMode::automatic); }

   private:
    ResponseTask set(const Request& request, BreakerMode mode);

    SagaRuntime& sagas_;
};

}  // namespace sillok::api
