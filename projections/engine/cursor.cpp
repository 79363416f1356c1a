#include "projections/engine/cursor.hpp"

#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"
#include "projections/engine/view_keys.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace sillok {

namespace {

constexpr std::size_t cursor_bytes_max = 1024;

// Base64 with the alphabet for URLs, without padding (RFC 4648, section 5).
std::string to_url_text(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const auto length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    while (text.ends_with('=')) text.pop_back();
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::expected<std::string, CursorInvalid> from_url_text(std::string_view cursor) {
    if (cursor.size() > cursor_bytes_max || cursor.size() % 4 == 1) return std::unexpected(CursorInvalid{});
    const auto in_alphabet = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (!std::ranges::all_of(cursor, in_alphabet)) return std::unexpected(CursorInvalid{});
    std::string text{cursor};
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    const auto padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::string bytes(text.size() / 4 * 3, '\0');
    const auto length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return std::unexpected(CursorInvalid{});
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

std::string check_of(std::string_view model, const Selection& selection, std::string_view entry) {
    std::string all{model};
    all += '\0';
    all += view_keys::index_prefix(selection.index, selection.partition);
    all += entry;
    std::string check(4, '\0');
    put_little_endian(check.data(), crc32c(all));
    return check;
}

}  // namespace

std::string make_cursor(std::string_view model, const Selection& selection, std::string_view entry) {
    return to_url_text(check_of(model, selection, entry) + std::string{entry});
}

std::expected<std::string, CursorInvalid> read_cursor(std::string_view model, const Selection& selection,
                                                      std::string_view cursor) {
    auto bytes = from_url_text(cursor);
    if (!bytes) return bytes;
    if (bytes->size() <= 4) return std::unexpected(CursorInvalid{});
    auto entry = bytes->substr(4);
    if (bytes->substr(0, 4) != check_of(model, selection, entry)) return std::unexpected(CursorInvalid{});
    return entry;
}

}  // namespace sillok
