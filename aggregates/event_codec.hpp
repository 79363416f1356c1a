// Events to bytes and back, states to bytes and back: cereal's portable binary form, field by field in the
// order that each type's fields() lists. Stored: the tests hold a golden file of every event's bytes.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/event_bytes.hpp"
#include "eventstore/event.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace sillok {

// A stored event that this program cannot read: damaged, or written by a newer one.
struct DecodeError {
    std::string what;  // names type and schema version
};

// An event that is looked for by more than its stream says so: `tags() const`.
template <class... Events>
NewEvent encode(const std::variant<Events...>& event) {
    return std::visit(
        [](const auto& one) {
            using E = std::remove_cvref_t<decltype(one)>;
            NewEvent encoded{std::string{E::name.type}, E::name.schema_version, to_bytes(one)};
            if constexpr (requires { one.tags(); }) encoded.tags = one.tags();
            return encoded;
        },
        event);
}

// `Event` is a variant of event structs; an event of another family, or of a newer schema, is an error.
template <class Event>
std::expected<Event, DecodeError> decode(std::string_view type, std::uint16_t schema_version, std::string_view payload);

template <class Event>
std::expected<Event, DecodeError> decode(const Recorded& recorded) {
    return decode<Event>(recorded.type, recorded.schema_version, recorded.payload);
}

// Whether `type` belongs to the family: cheap, looks at the name only.
template <class Event>
constexpr bool is_event_of(std::string_view type);

namespace detail {

template <class Variant>
struct Alternatives;

template <class... Events>
struct Alternatives<std::variant<Events...>> {
    using Variant = std::variant<Events...>;

    static constexpr bool contains(std::string_view type) { return ((type == Events::name.type) || ...); }

    static std::expected<Variant, DecodeError> decode(std::string_view type, std::uint16_t schema_version,
                                                      std::string_view payload) {
        std::expected<Variant, DecodeError> event;
        if ((read<Events>(type, schema_version, payload, event) || ...)) return event;
        return std::unexpected(
            DecodeError{"unknown event " + std::string{type} + ", schema version " + std::to_string(schema_version)});
    }

   private:
    // Whether the event is an E; reads it if it is.
    template <class E>
    static bool read(std::string_view type, std::uint16_t schema_version, std::string_view payload,
                     std::expected<Variant, DecodeError>& event) {
        if (type != E::name.type || schema_version != E::name.schema_version) return false;
        if (E one; from_bytes(payload, one))
            event = std::move(one);
        else
            event = std::unexpected(DecodeError{"damaged payload of " + std::string{type}});
        return true;
    }
};

}  // namespace detail

template <class Event>
std::expected<Event, DecodeError> decode(std::string_view type, std::uint16_t schema_version,
                                         std::string_view payload) {
    return detail::Alternatives<Event>::decode(type, schema_version, payload);
}

template <class Event>
constexpr bool is_event_of(std::string_view type) {
    return detail::Alternatives<Event>::contains(type);
}

}  // namespace sillok
