// The tag of an e-mail address in the log. No two customers can have the same address: a command that takes one has the
// condition that no event carries its tag yet.
#pragma once

#include <string>
#include <string_view>

namespace sillok::customer {

constexpr std::string_view email_tag_prefix = "email:";

// The same for addresses that differ only in case or in Unicode composition; it does not show the address. Stored.
std::string email_tag(std::string_view address);
// The tag that an older program gave to the address: it knew the case of ASCII letters only.
std::string older_email_tag(std::string_view address);

}  // namespace sillok::customer
