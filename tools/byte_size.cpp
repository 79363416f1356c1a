#include "tools/byte_size.hpp"

#include "eventstore/base/parse_number.hpp"
#include "tools/commands/subcommand.hpp"

#include <algorithm>
#include <iterator>

namespace sillok {

namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 53U;

struct ByteUnit {
    std::string_view name;
    std::uint64_t bytes;
};

constexpr ByteUnit byte_units[] = {
    {"", 1},           {"B", 1},          {"kB", 1'000},     {"MB", 1'000'000}, {"GB", 1'000'000'000},
    {"KiB", 1U << 10}, {"MiB", 1U << 20}, {"GiB", 1U << 30},
};

}  // namespace

std::expected<std::uint64_t, std::string> parse_byte_size(std::string_view text) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
    const auto* unit = std::ranges::find(byte_units, text.substr(digits), &ByteUnit::name);
    if (!number || unit == std::end(byte_units) || *number > most_bytes / unit->bytes)
        return std::unexpected("'" + std::string{text} +
                               "' is no number of bytes, such as 500000, 512KiB, 20MiB or 1GB");
    return *number * unit->bytes;
}

std::uint64_t rate_of(std::string_view option, std::string_view text) {
    if (text.empty()) return 0;
    const auto bytes = parse_byte_size(text);
    if (!bytes) throw Misuse(std::string{option} + ": " + bytes.error());
    if (*bytes < 1'000) throw Misuse(std::string{option} + ": must be 1000 bytes a second or more");
    return *bytes;
}

}  // namespace sillok
