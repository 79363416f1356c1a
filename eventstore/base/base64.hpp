// Bytes as text: base64 with padding (RFC 4648, section 4), as CloudEvents writes its binary attributes and webhooks
// their signatures.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sillok {

std::string to_base64(std::string_view bytes);

// Nothing for text that to_base64 does not write: another alphabet, missing padding, bits that are left over.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace sillok
