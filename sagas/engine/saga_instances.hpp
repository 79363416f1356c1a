// The saga instances in memory: a bounded number of states, each rebuilt from its journal where it is not there.
//
// Memory:  the least recently used go first, and only those whose journal is durable: they can be had again.
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
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::saga {

class JournalUnreadable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A saga in memory. Its state may be ahead of the disk.
struct Instance {
    Instance(std::string name, const Manager* its_manager)
        : stream(std::move(name)), manager(its_manager), state(*its_manager->definition) {}

    std::string stream;
    const Manager* manager;
    State state;
    Version version;               // of the journal, with what has been proposed
    Position written;              // of the last journal event proposed
    Uuid correlation;              // of the last trigger
    Uuid causation;                // the last trigger's event id
    std::vector<Event> unwritten;  // evolved, not yet proposed
};

class Instances {
   public:
    // REQUIRES: the store outlives them.
    Instances(const EventStore& store, std::size_t states_max) : store_(store), states_max_(states_max) {}

    // The reference holds until the instance is forgotten or evicted.
    Instance& find(const Manager& manager, const std::string& stream);
    // Nothing where it is not in memory.
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
