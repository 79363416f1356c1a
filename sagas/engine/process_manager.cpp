#include "sagas/engine/process_manager.hpp"

#include "sagas/cancellation.hpp"
#include "sagas/fulfilment.hpp"

#include <array>

namespace sillok::saga {

std::span<const Manager> managers() {
    static const std::array all{manager<Fulfilment>("saga:fulfilment"), manager<Cancellation>("saga:cancellation")};
    return all;
}

const Manager* manager_of(std::string_view stream, std::span<const Manager> among) {
    constexpr std::string_view prefix = "saga-";
    if (!stream.starts_with(prefix)) return nullptr;
    const auto name_and_order = stream.substr(prefix.size());
    for (const auto& manager : among) {
        const auto name = manager.definition->name;
        if (name_and_order.starts_with(name) && name_and_order.substr(name.size()).starts_with('-')) return &manager;
    }
    return nullptr;
}

}  // namespace sillok::saga
