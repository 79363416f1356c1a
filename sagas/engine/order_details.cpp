#include "sagas/engine/order_details.hpp"

#include <cstddef>
#include <unordered_map>

namespace sillok::saga {

std::vector<Item> summed(const std::vector<Item>& lines) {
    if (lines.size() == 1) return lines;
    std::vector<Item> items;
    items.reserve(lines.size());
    std::unordered_map<ProductId, std::size_t> index_of;
    for (const auto& line : lines) {
        const auto [index, is_new] = index_of.try_emplace(line.product, items.size());
        if (is_new)
            items.push_back(line);
        else
            items[index->second].quantity += line.quantity;
    }
    return items;
}

}  // namespace sillok::saga
