#include "aggregates/codec/event_json.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/loss_accepted.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/skipped_event.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace sillok {
namespace {

using nlohmann::json;

// One overload per kind of value that an event may hold; a kind nobody can show does not compile.

template <class Plain>
    requires std::integral<Plain> || std::same_as<Plain, std::string>
json shown(const Plain& plain) {
    return plain;
}
template <class Enum>
    requires std::is_enum_v<Enum>
json shown(Enum word) {
    return text(word);
}
template <class Tag>
json shown(const Id<Tag>& id) {
    return id.value;
}
json shown(Quantity quantity) { return quantity.value; }
json shown(const Currency& currency) { return currency.text(); }
json shown(Position position) { return position.value; }
json shown(const Uuid& uuid) { return uuid.is_nil() ? json{} : json(uuid.text()); }
json shown(Timestamp time) { return time == Timestamp{} ? json{} : json(rfc3339(time)); }

template <HasFields T>
json shown(const T& value);
template <class T>
json shown(const std::vector<T>& list) {
    auto array = json::array();
    for (const auto& element : list) array.push_back(shown(element));
    return array;
}
template <HasFields T>
json shown(const T& value) {
    auto object = json::object();
    T::fields(value, [&object](std::string_view name, const auto& field) {
        if (name != "passwordHash") object[name] = shown(field);
    });
    return object;
}

using Payload = std::expected<json, DecodeError>;

// Whether the event is of this family; shows it if it is.
template <class Family>
bool show(const Recorded& recorded, Payload& payload) {
    if (!is_event_of<Family>(recorded.type)) return false;
    if (const auto event = decode<Family>(recorded))
        payload = std::visit([](const auto& one) { return shown(one); }, *event);
    else
        payload = std::unexpected(event.error());
    return true;
}

template <class... Events>
void add_types(std::vector<std::string_view>& types, std::type_identity<std::variant<Events...>>) {
    (types.push_back(Events::name.type), ...);
}

template <class... Families>
struct OneOf {
    static Payload shown(const Recorded& recorded) {
        Payload payload;
        if ((show<Families>(recorded, payload) || ...)) return payload;
        return std::unexpected(DecodeError{"unknown event " + std::string{recorded.type} + ", schema version " +
                                           std::to_string(recorded.schema_version)});
    }
    static std::vector<std::string_view> types() {
        std::vector<std::string_view> all;
        (add_types(all, std::type_identity<Families>{}), ...);
        return all;
    }
};

using AllFamilies = OneOf<product::Product::Event, stock::Stock::Event, order::Order::Event, payment::Payment::Event,
                          delivery::Delivery::Event, customer::Customer::Event, saga::Event, std::variant<EventSkipped>,
                          std::variant<LossAccepted>>;

}  // namespace

Payload payload_json(const Recorded& event) { return AllFamilies::shown(event); }

std::vector<std::string_view> known_event_types() { return AllFamilies::types(); }

json event_json(const Recorded& event) {
    auto payload = payload_json(event);
    auto tags = json::array();
    for (const auto tag : event.tags) tags.push_back(tag);
    return {
        {"position", shown(event.position)},
        {"stream", event.stream},
        {"version", event.version.value},
        {"id", shown(event.event_id)},
        {"type", event.type},
        {"schemaVersion", event.schema_version},
        {"time", shown(event.time)},
        {"commandId", shown(event.command_id)},
        {"correlationId", shown(event.correlation_id)},
        {"causationId", shown(event.causation_id)},
        {"actor", event.actor},
        {"tags", std::move(tags)},
        {"data", payload ? std::move(*payload) : json{{"unreadable", payload.error().what}}},
    };
}

}  // namespace sillok
