// Who holds an e-mail address: bookkeeping beside the customer, one stream per address. Appended in the
// customer's own commit and expected not to exist, so an address is never held twice.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"
#include "eventstore/uuid.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace sillok::customer {

namespace event {  // stored
struct EmailClaimed {
    static constexpr EventName name{"email.claimed", 1};
    CustomerId customer;
    friend bool operator==(const EmailClaimed&, const EmailClaimed&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
}  // namespace event

using EmailClaim = std::variant<event::EmailClaimed>;

// The stream of an address, whatever the case of its letters. Stored: another namespace forgets every claim.
inline std::string email_stream(std::string_view address) {
    constexpr Uuid email_namespace{
        {0x6f, 0x1c, 0x83, 0x2e, 0x0d, 0x47, 0x4b, 0x59, 0x9e, 0x12, 0xa6, 0x3d, 0x70, 0xf8, 0x25, 0xc1}};
    std::string lower{address};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return "email-" + uuid_v5(email_namespace, lower).text();
}

}  // namespace sillok::customer
