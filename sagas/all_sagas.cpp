#include "sagas/all_sagas.hpp"

#include "sagas/cancellation.hpp"
#include "sagas/fulfilment.hpp"

#include <array>

namespace sillok::saga {

std::span<const Manager> all_sagas() {
    static const std::array all{manager<Fulfilment>("saga:fulfilment"), manager<Cancellation>("saga:cancellation")};
    return all;
}

}  // namespace sillok::saga
