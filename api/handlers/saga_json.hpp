// A saga as JSON: every step with its attempts and outcome.
#pragma once

#include "api/http/json.hpp"
#include "projections/views/saga_monitor.hpp"

namespace sillok::api {

Json json_of(const SagaMonitor::Row& row);

}  // namespace sillok::api
