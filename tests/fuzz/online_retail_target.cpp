// Any bytes as a file of the Online Retail data set: refused with the line named, or a plan that hangs together.
#include "tests/fuzz/must.hpp"
#include "tools/import/csv.hpp"
#include "tools/import/online_retail.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sillok;
    const std::string text{reinterpret_cast<const char*>(data), size};
    (void)online_retail::pence(text);
    (void)online_retail::is_positive(text);
    (void)online_retail::parse_factor(text);
    std::stringbuf file{text};
    try {
        const auto plan = online_retail::read_plan(file);
        if (!plan) {
            must(plan.error().find("line ") != std::string::npos);
            return 0;
        }
        for (const auto& order : plan->orders)
            must(std::ranges::all_of(order.lines, [&plan](const online_retail::Line& line) {
                return line.product < plan->products.size() && line.quantity > 0 && line.price_pence >= 0;
            }));
        for (const auto& adjustment : plan->adjustments)
            must(adjustment.product < plan->products.size() && adjustment.delta != 0);
        for (const auto& product : plan->products)
            must(online_retail::percent_encoded(product.id).size() >= product.id.size());
    } catch (const CsvError& error) {
        must(*error.what() != '\0');
    }
    return 0;
}
