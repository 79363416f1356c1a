// /v1/admin/parts: components that an operator can pause while orders are accepted. A resumed component catches up.
//
// "sagas":        orders are placed, but nothing is reserved, charged or prepared.
// "projections":  queries show what they showed before.
// "deliveries":   commands for deliveries get 503 part-paused.
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
    // Both respond with the component after the change, or with 404 part-unknown.
    ResponseTask pause(const Request& request) { return set(request, true); }
    ResponseTask resume(const Request& request) { return set(request, false); }

   private:
    ResponseTask set(const Request& request, bool paused);

    SagaRuntime& sagas_;
    ReadModels& views_;
    std::atomic<bool>& deliveries_paused_;
};

}  // namespace sillok::api
