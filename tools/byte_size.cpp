#include "tools/byte_size.hpp"

#include "eventstore/base/parse_number.hpp"

#include <array>

namespace sillok {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t bytes;
};

constexpr std::array units{Unit{"TiB", 1ull << 40}, Unit{"GiB", 1ull << 30}, Unit{"MiB", 1ull << 20},
                           Unit{"KiB", 1ull << 10}, Unit{"B", 1}};
constexpr std::uint64_t bytes_most = 1ull << 60;

}  // namespace

std::expected<std::uint64_t, std::string> parse_bytes(std::string_view text) {
    auto digits = text;
    std::uint64_t unit_bytes = 1;
    for (const auto& unit : units) {
        if (!digits.ends_with(unit.name)) continue;
        digits.remove_suffix(unit.name.size());
        if (digits.ends_with(' ')) digits.remove_suffix(1);
        unit_bytes = unit.bytes;
        break;
    }
    const auto number = parse_number<std::uint64_t>(digits);
    if (!number || *number > bytes_most / unit_bytes)
        return std::unexpected("'" + std::string{text} +
                               "' is not a number of bytes, such as 500000, 64KiB, 256MiB or 2GiB, up to 1 EiB");
    return *number * unit_bytes;
}

}  // namespace sillok
