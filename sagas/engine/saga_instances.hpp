// The saga instances in memory. An instance that is not in memory is rebuilt from its journal.
//
// Memory:  bounded. The least recently used instances are evicted first, if their journals are durable.
// Threads: one at a time.
// Errors:  a journal that this program cannot read throws JournalUnreadable.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/saga_state.hpp"

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::saga {

// A saga in memory. Its state may be ahead of the disk.
struct Instance {
    Instance(std::string name, const Manager* its_manager)
        : stream(std::move(name)), manager(its_manager), state(*its_manager->definition) {}

    std::string stream;
    const Manager* manager;
    State state;
    Version version;               // of the journal, with every event proposed to the log
    Position written;              // of the last journal event proposed
    Uuid correlation;              // of the last trigger
    Uuid causation;                // the last trigger's event id
    std::vector<Event> unwritten;  // recorded, not yet proposed
    // The time of its expiry timer. Of an instance that was just loaded: the timer that its journal asks for. It is set
    // if the instance was in memory before, and not set after a restart.
    std::optional<Timestamp> expiry_timer;
    bool is_expiry_timer_certain = true;

    // Adds an event to the journal. A command that was executed at once is recorded as one event: CommandExecuted.
    void record(Event event);
};

class Instances {
   public:
    // REQUIRES: the store outlives the instances.
    Instances(const EventStore& store, std::size_t states_max) : store_(store), states_max_(states_max) {}

    // The reference is valid until the instance is forgotten or evicted.
    Instance& find(const Manager& manager, const std::string& stream);
    // Returns nullptr if it is not in memory.
    [[nodiscard]] const Instance* in_memory(std::string_view stream) const;
    void forget(std::string_view stream);
    void evict();

   private:
    [[nodiscard]] Instance load(const Manager& manager, const std::string& stream) const;

    const EventStore& store_;
    const std::size_t states_max_;
    std::list<Instance> by_use_;  // the least recently used first
    ByStream<std::list<Instance>::iterator> by_stream_;
};

}  // namespace sillok::saga
