#include "aggregates/email_tag.hpp"

#include "aggregates/unicode_text.hpp"
#include "eventstore/base/uuid.hpp"

namespace sillok::customer {

namespace {

// Stored: with another namespace all addresses would look free.
constexpr Uuid email_namespace{
    {0x6f, 0x1c, 0x83, 0x2e, 0x0d, 0x47, 0x4b, 0x59, 0x9e, 0x12, 0xa6, 0x3d, 0x70, 0xf8, 0x25, 0xc1}};

std::string tag_of(std::string_view form) {
    return std::string{email_tag_prefix} + uuid_v5(email_namespace, form).text();
}

}  // namespace

std::string email_tag(std::string_view address) {
    const auto form = caseless(address);
    return form ? tag_of(*form) : older_email_tag(address);
}

std::string older_email_tag(std::string_view address) { return tag_of(ascii_lower(address)); }

}  // namespace sillok::customer
