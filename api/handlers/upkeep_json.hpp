// The last backups, the next one and the scrub as health shows them.
#pragma once

#include "api/http/json.hpp"
#include "api/upkeep.hpp"

namespace sillok::api {

Json backups_json(const Upkeep& upkeep);
Json scrub_json(const Upkeep& upkeep);

}  // namespace sillok::api
