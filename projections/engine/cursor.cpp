#include "projections/engine/cursor.hpp"

#include "eventstore/base/base64.hpp"
#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"
#include "projections/engine/read_model_keys.hpp"

#include <cstddef>

namespace sillok {

namespace {

constexpr std::size_t cursor_bytes_max = 1024;

std::string check_of(std::string_view model, const Selection& selection, std::string_view entry) {
    std::string all{model};
    all += '\0';
    all += read_model_keys::index_prefix(selection.index, selection.partition);
    all += entry;
    std::string check(4, '\0');
    put_little_endian(check.data(), crc32c(all));
    return check;
}

}  // namespace

std::string make_cursor(std::string_view model, const Selection& selection, std::string_view entry) {
    return to_base64url(check_of(model, selection, entry) + std::string{entry});
}

std::expected<std::string, CursorInvalid> read_cursor(std::string_view model, const Selection& selection,
                                                      std::string_view cursor) {
    if (cursor.size() > cursor_bytes_max) return std::unexpected(CursorInvalid{});
    const auto bytes = from_base64url(cursor);
    if (!bytes || bytes->size() <= 4) return std::unexpected(CursorInvalid{});
    auto entry = bytes->substr(4);
    if (bytes->substr(0, 4) != check_of(model, selection, entry)) return std::unexpected(CursorInvalid{});
    return entry;
}

}  // namespace sillok
