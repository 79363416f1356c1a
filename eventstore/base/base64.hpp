// Bytes as base64 text (RFC 4648).
//
// standard:  section 4, with padding. CloudEvents writes binary attributes so, webhooks their signatures.
// url:       section 5, without padding, for text inside a URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sillok {

std::string to_base64(std::string_view bytes);
std::string to_base64url(std::string_view bytes);

// Return nothing for text that the function above never writes: another alphabet, wrong padding, surplus bits.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace sillok
