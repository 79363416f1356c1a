// Who buys: absent -> active. The password is known here only as its hash.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/email_tag.hpp"
#include "aggregates/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sillok::customer {

namespace event {  // stored
struct SignedUp {
    static constexpr EventName name{"customer.signedUp", 1};
    std::string customer_name;
    std::string email;
    std::string password_hash;
    friend bool operator==(const SignedUp&, const SignedUp&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("name", self.customer_name);
        visit("email", self.email);
        visit("passwordHash", self.password_hash);
    }
    [[nodiscard]] std::vector<std::string> tags() const { return {email_tag(email)}; }
};
struct DetailsChanged {
    static constexpr EventName name{"customer.detailsChanged", 1};
    std::string customer_name;
    std::string email;
    friend bool operator==(const DetailsChanged&, const DetailsChanged&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("name", self.customer_name);
        visit("email", self.email);
    }
    [[nodiscard]] std::vector<std::string> tags() const { return {email_tag(email)}; }
};
struct PasswordChanged {
    static constexpr EventName name{"customer.passwordChanged", 1};
    std::string password_hash;
    friend bool operator==(const PasswordChanged&, const PasswordChanged&) = default;
    static void fields(auto& self, auto&& visit) { visit("passwordHash", self.password_hash); }
};
}  // namespace event

// An e-mail address belongs to one customer. Which customer holds an address is looked up outside and
// arrives in the command, for a decider reads no other aggregate.
namespace command {
struct SignUp {
    std::string customer_name;
    std::string email;
    std::string password_hash;
    bool email_taken = false;
};
struct ChangeDetails {
    std::optional<std::string> customer_name;
    std::optional<std::string> email;
    bool email_taken = false;
};
struct ChangePassword {
    std::string password_hash;
};
}  // namespace command

struct Customer {
    using Id = CustomerId;
    using Event = std::variant<event::SignedUp, event::DetailsChanged, event::PasswordChanged>;
    using Command = std::variant<command::SignUp, command::ChangeDetails, command::ChangePassword>;
    enum class Phase : std::uint8_t { absent, active };
    struct State {
        Phase phase = Phase::absent;
        std::string customer_name;
        std::string email;
        std::string password_hash;
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("phase", self.phase);
            visit("name", self.customer_name);
            visit("email", self.email);
            visit("passwordHash", self.password_hash);
        }
    };
    static constexpr std::string_view category = "customer";
    static constexpr std::uint32_t state_version = 1;
    static Decision<Customer> decide(const State& state, const Command& command);
    static bool follows(const State& state, const Event& event);
    static State evolve(State state, const Event& event);
};

std::string_view text(Customer::Phase phase);

}  // namespace sillok::customer
