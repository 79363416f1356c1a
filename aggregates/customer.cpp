#include "aggregates/customer.hpp"

#include <utility>

namespace sillok::customer {
namespace {

using State = Customer::State;
using Phase = Customer::Phase;

Decision<Customer> decide(const State& state, const command::SignUp& sign_up) {
    if (state.phase != Phase::absent) return rejected(Rejection::customer_exists);
    if (sign_up.email_taken) return rejected(Rejection::email_taken);
    return happened<Customer>(event::SignedUp{sign_up.customer_name, sign_up.email, sign_up.password_hash});
}

Decision<Customer> decide(const State& state, const command::ChangeDetails& change) {
    if (state.phase != Phase::active) return rejected(Rejection::customer_unknown);
    const event::DetailsChanged changed{change.customer_name.value_or(state.customer_name),
                                        change.email.value_or(state.email)};
    const bool moves = changed.email != state.email;  // one's own address is nobody else's
    if (moves && change.email_taken) return rejected(Rejection::email_taken);
    if (!moves && changed.customer_name == state.customer_name) return rejected(Rejection::nothing_to_change);
    return happened<Customer>(changed);
}

Decision<Customer> decide(const State& state, const command::ChangePassword& change) {
    if (state.phase != Phase::active) return rejected(Rejection::customer_unknown);
    if (change.password_hash == state.password_hash) return rejected(Rejection::nothing_to_change);
    return happened<Customer>(event::PasswordChanged{change.password_hash});
}

bool fits(Phase phase, const event::SignedUp&) { return phase == Phase::absent; }
bool fits(Phase phase, const event::DetailsChanged&) { return phase == Phase::active; }
bool fits(Phase phase, const event::PasswordChanged&) { return phase == Phase::active; }

void evolve(State& state, const event::SignedUp& signed_up) {
    state = {Phase::active, signed_up.customer_name, signed_up.email, signed_up.password_hash};
}

void evolve(State& state, const event::DetailsChanged& changed) {
    state.customer_name = changed.customer_name;
    state.email = changed.email;
}

void evolve(State& state, const event::PasswordChanged& changed) { state.password_hash = changed.password_hash; }

}  // namespace

Decision<Customer> Customer::decide(const State& state, const Command& command) {
    return std::visit([&state](const auto& one) { return customer::decide(state, one); }, command);
}

bool Customer::follows(const State& state, const Event& event) {
    return std::visit([&state](const auto& one) { return fits(state.phase, one); }, event);
}

Customer::State Customer::evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { customer::evolve(state, one); }, event);
    return state;
}

std::string_view text(Customer::Phase phase) {
    switch (phase) {
        case Phase::absent: return "absent";
        case Phase::active: return "active";
    }
    return "unknown";
}

}  // namespace sillok::customer
