// Which events a reader wants: of any of these categories, and of any of these types, and with any of these tags.
// What is left empty asks for nothing.
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
