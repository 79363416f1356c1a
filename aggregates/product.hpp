// A product with its name and price: absent -> listed -> discontinued.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sillok::product {

namespace event {  // stored
struct Registered {
    static constexpr EventName name{"product.registered", 1};
    std::string product_name;
    Money price;
    std::string description;
    std::string kind;
    friend bool operator==(const Registered&, const Registered&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("name", self.product_name);
        visit("price", self.price);
        visit("description", self.description);
        visit("kind", self.kind);
    }
};
struct Revised {  // everything as it is from now on, changed or not
    static constexpr EventName name{"product.revised", 1};
    std::string product_name;
    Money price;
    std::string description;
    std::string kind;
    friend bool operator==(const Revised&, const Revised&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("name", self.product_name);
        visit("price", self.price);
        visit("description", self.description);
        visit("kind", self.kind);
    }
};
struct Discontinued {
    static constexpr EventName name{"product.discontinued", 1};
    friend bool operator==(const Discontinued&, const Discontinued&) = default;
    static void fields(auto&, auto&&) {}
};
}  // namespace event

namespace command {
struct Register {
    std::string product_name;
    Money price;
    std::string description;
    std::string kind;
};
struct Revise {  // what is absent stays as it is
    std::optional<std::string> product_name;
    std::optional<Money> price;
    std::optional<std::string> description;
    std::optional<std::string> kind;
};
struct Discontinue {};
}  // namespace command

struct Product {
    using Id = ProductId;
    using Event = std::variant<event::Registered, event::Revised, event::Discontinued>;
    using Command = std::variant<command::Register, command::Revise, command::Discontinue>;
    enum class Phase : std::uint8_t { absent, listed, discontinued };
    struct State {
        Phase phase = Phase::absent;
        std::string product_name;
        Money price;
        std::string description;
        std::string kind;
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("phase", self.phase);
            visit("name", self.product_name);
            visit("price", self.price);
            visit("description", self.description);
            visit("kind", self.kind);
        }
    };
    static constexpr std::string_view category = "product";
    static constexpr std::uint32_t state_version = 1;
    static Decision<Product> decide(const State& state, const Command& command);
    static bool follows(const State& state, const Event& event);
    static State evolve(State state, const Event& event);
};

// Whether the event can come in that phase.
bool follows(Product::Phase phase, const Product::Event& event);

std::string_view text(Product::Phase phase);

}  // namespace sillok::product
