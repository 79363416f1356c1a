// /v1/admin/parts: the parts of the backend that can stand still while orders are taken, each of which catches up when
// it goes on. "sagas": nothing is reserved, charged or prepared; "projections": queries show what they showed;
// "deliveries": their commands are refused with 503 part-paused.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"

#include <atomic>

namespace sillok {
class ReadModels;
class SagaRuntime;
}  // namespace sillok

namespace sillok::api {

class Components {
   public:
    // REQUIRES: all outlive it.
    Components(SagaRuntime& sagas, ReadModels& views, std::atomic<bool>& deliveries_paused)
        : sagas_(sagas), views_(views), deliveries_paused_(deliveries_paused) {}

    ResponseTask list(const Request& request);
    // Each answers with the part as it stands afterwards; 404 part-unknown.
    ResponseTask pause(const Request& request) { return set(request, true); }
    ResponseTask resume(const Request& request) { return set(request, false); }

   private:
    ResponseTask set(const Request& request, bool paused);

    SagaRuntime& sagas_;
    ReadModels& views_;
    std::atomic<bool>& deliveries_paused_;
};

}  // namespace sillok::api
