// An amount of money as JSON.
#pragma once

#include "aggregates/values.hpp"
#include "api/http/json.hpp"

namespace sillok::api {

inline Json json_of(const Money& money) {
    return object_of({{"amount", money.amount}, {"currency", money.currency.text()}});
}

}  // namespace sillok::api
