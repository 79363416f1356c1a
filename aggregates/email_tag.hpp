// The tag of an e-mail address in the log. No two customers can have the same address: a command that takes one has the
// condition that no event carries its tag yet.
#pragma once

#include "eventstore/base/uuid.hpp"

#include <string>
#include <string_view>

namespace sillok::customer {

constexpr std::string_view email_tag_prefix = "email:";

// The same for upper and lower case; it does not show the address. Stored: with another namespace all addresses would
// look free.
inline std::string email_tag(std::string_view address) {
    constexpr Uuid email_namespace{
        {0x6f, 0x1c, 0x83, 0x2e, 0x0d, 0x47, 0x4b, 0x59, 0x9e, 0x12, 0xa6, 0x3d, 0x70, 0xf8, 0x25, 0xc1}};
    std::string lower{address};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::string{email_tag_prefix} + uuid_v5(email_namespace, lower).text();
}

}  // namespace sillok::customer
