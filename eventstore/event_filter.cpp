#include "eventstore/event_filter.hpp"

#include "eventstore/stream_name.hpp"

#include <algorithm>
#include <string_view>

namespace sillok {
namespace {

bool is_one_of(const std::vector<std::string>& wanted, std::string_view name) {
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

}  // namespace

bool EventFilter::admits(const Recorded& event) const {
    if (!is_one_of(types, event.type) || !is_one_of(categories, category_of(event.stream))) return false;
    return tags.empty() ||
           std::ranges::any_of(event.tags, [this](std::string_view tag) { return is_one_of(tags, tag); });
}

}  // namespace sillok
