// /v1/admin/breakers: the circuit breakers before what is outside, and the operator's hand on them.
// There is one: "payments", before the payment provider.
#pragma once

#include "api/answer.hpp"
#include "api/request.hpp"
#include "sagas/saga_runtime.hpp"

namespace sillok::api {

class Breakers {
   public:
    // REQUIRES: the sagas outlive it.
    explicit Breakers(SagaRuntime& sagas) : sagas_(sagas) {}

    Answering list(const Request& request);
    // Each answers with the breaker as it stands afterwards; 404 breaker-unknown.
    Answering open(const Request& request) { return set(request, BreakerMode::open); }
    Answering close(const Request& request) { return set(request, BreakerMode::closed); }
    Answering leave_alone(const Request& request) { return set(request, BreakerMode::automatic); }

   private:
    Answering set(const Request& request, BreakerMode mode);

    SagaRuntime& sagas_;
};

}  // namespace sillok::api
