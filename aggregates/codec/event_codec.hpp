// Events to bytes and back: cereal's portable binary form, field by field in the order that each type's fields()
// lists. Stored: the tests hold a golden file of every event's bytes.
//
// Old events: an event whose fields have changed names its version before and how to upcast it (event_history.hpp).
//             decode() takes an old payload through the whole chain, so readers of events know the newest version only.
//             Stored bytes stay as they were written.
// New events: a schema version that this program does not know yet is an error that names it.
#pragma once

#include "aggregates/codec/event_bytes.hpp"
#include "aggregates/decider.hpp"
#include "aggregates/event_history.hpp"
#include "aggregates/unreadable_event.hpp"
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

UnreadableEvent unreadable(const Recorded& recorded, DecodeError why);

// Why an event that can be decoded is unreadable all the same (Decider: follows).
DecodeError contradiction(const Recorded& recorded);

// An event that must be found by more than its stream has `tags() const`.
template <class... Events>
NewEvent encode(const std::variant<Events...>& event) {
    return std::visit(
        [](const auto& one) {
            using E = std::remove_cvref_t<decltype(one)>;
            static_assert(is_whole_history<E>());
            NewEvent encoded{std::string{E::name.type}, E::name.schema_version, to_bytes(one)};
            if constexpr (requires { one.tags(); }) encoded.tags = one.tags();
            return encoded;
        },
        event);
}

// `Event` is a variant of event structs, each in its newest form; an event of another family, or of a newer
// schema, is an error.
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

// Errors of a stored event, in words.
DecodeError damaged_payload(std::string_view type, std::uint16_t schema_version);
DecodeError no_such_version(std::string_view type, std::uint16_t schema_version);
DecodeError unknown_event(std::string_view type, std::uint16_t schema_version);
DecodeError written_by_a_newer_sillok(const EventName& known, std::uint16_t schema_version);

// Returns an E from bytes stored as an E, or as one of its earlier versions.
template <class E>
std::expected<E, DecodeError> decode_since(std::uint16_t schema_version, std::string_view payload) {
    if (schema_version == E::name.schema_version) {
        if (E event; from_bytes(payload, event)) return event;
        return std::unexpected(damaged_payload(E::name.type, schema_version));
    }
    if constexpr (HasBefore<E>) {
        auto before = decode_since<typename E::Before>(schema_version, payload);
        if (before) return E::upcast(*std::move(before));
        return std::unexpected(std::move(before).error());
    } else {
        return std::unexpected(no_such_version(E::name.type, schema_version));
    }
}

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
        return std::unexpected(unknown_event(type, schema_version));
    }

   private:
    // Returns whether the event is an E of some version; reads it if it is.
    template <class E>
    static bool read(std::string_view type, std::uint16_t schema_version, std::string_view payload,
                     std::expected<Variant, DecodeError>& event) {
        static_assert(is_whole_history<E>());
        if (type != E::name.type) return false;
        if (schema_version > E::name.schema_version) {
            event = std::unexpected(written_by_a_newer_sillok(E::name, schema_version));
        } else if (auto one = decode_since<E>(schema_version, payload)) {
            event = *std::move(one);
        } else {
            event = std::unexpected(std::move(one).error());
        }
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
