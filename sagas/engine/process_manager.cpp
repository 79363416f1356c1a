#include "sagas/engine/process_manager.hpp"

#include "sagas/engine/saga_names.hpp"

namespace sillok::saga {

const Manager* manager_of(std::string_view stream, std::span<const Manager> managers) {
    for (const auto& manager : managers)
        if (is_journal_of(manager.definition->name, stream)) return &manager;
    return nullptr;
}

}  // namespace sillok::saga
