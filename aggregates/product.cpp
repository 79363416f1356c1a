#include "aggregates/product.hpp"

#include <utility>

namespace sillok::product {
namespace {

using State = Product::State;
using Phase = Product::Phase;

// Why a command that needs a listed product cannot have this one.
std::optional<Rejection::Reason> unlisted(const State& state) {
    switch (state.phase) {
        case Phase::absent: return Rejection::product_unknown;
        case Phase::listed: return std::nullopt;
        case Phase::discontinued: return Rejection::product_discontinued;
    }
    std::unreachable();
}

std::optional<Rejection::Reason> unfit(const Money& price) {
    if (price.amount < 0) return Rejection::price_negative;
    if (price.amount > price_max) return Rejection::amount_overflow;
    return std::nullopt;
}

Decision<Product> decide(const State& state, const command::Register& product) {
    if (state.phase != Phase::absent) return rejected(Rejection::product_exists);
    if (const auto why = unfit(product.price)) return rejected(*why);
    return happened<Product>(event::Registered{product.product_name, product.price, product.description, product.kind});
}

Decision<Product> decide(const State& state, const command::Revise& revision) {
    if (const auto why = unlisted(state)) return rejected(*why);
    const event::Revised revised{revision.product_name.value_or(state.product_name),
                                 revision.price.value_or(state.price), revision.description.value_or(state.description),
                                 revision.kind.value_or(state.kind)};
    if (const auto why = unfit(revised.price)) return rejected(*why);
    const bool same = revised.product_name == state.product_name && revised.price == state.price &&
                      revised.description == state.description && revised.kind == state.kind;
    if (same) return rejected(Rejection::nothing_to_change);
    return happened<Product>(revised);
}

Decision<Product> decide(const State& state, const command::Discontinue&) {
    if (const auto why = unlisted(state)) return rejected(*why);
    return happened<Product>(event::Discontinued{});
}

bool fits(Phase phase, const event::Registered&) { return phase == Phase::absent; }
bool fits(Phase phase, const event::Revised&) { return phase == Phase::listed; }
bool fits(Phase phase, const event::Discontinued&) { return phase == Phase::listed; }

void evolve(State& state, const event::Registered& registered) {
    state = {Phase::listed, registered.product_name, registered.price, registered.description, registered.kind};
}

void evolve(State& state, const event::Revised& revised) {
    state = {state.phase, revised.product_name, revised.price, revised.description, revised.kind};
}

void evolve(State& state, const event::Discontinued&) { state.phase = Phase::discontinued; }

}  // namespace

Decision<Product> Product::decide(const State& state, const Command& command) {
    return std::visit([&state](const auto& one) { return product::decide(state, one); }, command);
}

bool Product::follows(const State& state, const Event& event) { return product::follows(state.phase, event); }

bool follows(Product::Phase phase, const Product::Event& event) {
    return std::visit([phase](const auto& one) { return fits(phase, one); }, event);
}

Product::State Product::evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { product::evolve(state, one); }, event);
    return state;
}

std::string_view text(Product::Phase phase) {
    switch (phase) {
        case Phase::absent: return "absent";
        case Phase::listed: return "listed";
        case Phase::discontinued: return "discontinued";
    }
    return "unknown";
}

}  // namespace sillok::product
