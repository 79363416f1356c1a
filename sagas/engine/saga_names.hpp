// The names and ids of sagas: journal streams, instance ids, command ids, target streams.
// Stored: none of them may change for an instance that has started.
#pragma once

#include "eventstore/event.hpp"
#include "sagas/engine/saga_state.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sillok::saga {

// Every journal's stream begins with it.
inline constexpr std::string_view journal_prefix = "saga-";

// "saga-fulfilment-o1": the journal's stream.
std::string stream_of(std::string_view saga, const OrderId& order);
std::string stream_of(const Definition& definition, const OrderId& order);
// The same from the name without its prefix, "fulfilment-o1", as clients know the saga.
std::string stream_of_journal(std::string_view saga_and_order);

// Whether the stream is a journal of the saga with this name.
bool is_journal_of(std::string_view saga, std::string_view stream);
// REQUIRES: is_journal_of(saga, stream).
OrderId order_of_journal(std::string_view saga, std::string_view stream);

// Whether an event stands in a stream of the kind that its type says: "order.placed" in "order-o1". Only an import
// writes another one, and it says nothing about any order.
bool is_in_its_stream(const Recorded& recorded);
// The order of an order's or a delivery's event; nothing if it stands elsewhere.
std::optional<OrderId> order_of(const Recorded& recorded);

// The id from which an instance's command ids are made. If the order's id is a UUID with a time, the id has that time,
// so both are stored close together.
Uuid instance_of(const Definition& definition, const OrderId& order);

// A UUIDv8 made of the instance, step, direction, generation, and the product if the step has one command per product.
// The same before and after a crash. `key_space`: of a call to the payment provider, whose key is unique to the log;
// nil for other commands. REQUIRES: the step is one of the state's definition.
Uuid command_id_of(const State& state, const Step& step, std::uint32_t item, Direction direction,
                   const Uuid& key_space);

// The stream that the command writes to. REQUIRES: item < state.details.items.size() for acts on stock.
std::string target_of(const State& state, Act act, std::uint32_t item);

}  // namespace sillok::saga
