// Selects events: one of these categories, one of these types, and one of these tags. An empty list admits all.
#pragma once

#include "eventstore/event.hpp"

#include <string>
#include <vector>

namespace sillok {

struct EventFilter {
    std::vector<std::string> categories{};
    std::vector<std::string> types{};
    std::vector<std::string> tags{};

    [[nodiscard]] bool admits_all() const { return categories.empty() && types.empty() && tags.empty(); }
    [[nodiscard]] bool admits(const Recorded& event) const;
};

}  // namespace sillok
