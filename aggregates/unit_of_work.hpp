// Commands to several aggregates that become one commit: all of them happen, or none does.
// (Unit of Work: Fowler, Patterns of Enterprise Application Architecture, 2002.)
//
// Order:   a unit holds every aggregate that it has asked. Other callers wait for that aggregate until the unit is
//          accepted or given up. Of each aggregate it takes the events of one command; the next command goes into
//          another unit.
// Threads: one at a time; it may be another one at each call. REQUIRES: of all units over the same processors only one
//          holds anything at a time, because a unit holds several aggregates at once.
// Errors:  a unit that is destroyed or given up has changed nothing.
#pragma once

#include "aggregates/shard_lock.hpp"
#include "eventstore/commit.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

class UnitOfWork {
   public:
    UnitOfWork() = default;
    ~UnitOfWork() { give_up(); }
    UnitOfWork(const UnitOfWork&) = delete;
    UnitOfWork& operator=(const UnitOfWork&) = delete;

    // How many aggregates have events in it, and whether the aggregate of this stream does.
    [[nodiscard]] std::size_t size() const { return participants_.size(); }
    [[nodiscard]] bool has(std::string_view stream) const;

    // Moves the decided events into a commit, behind those that it has already. An empty commit becomes the commit of
    // the first command.
    void put_into(Commit& commit);
    // The log has accepted that commit: the aggregates take on their events and are released.
    void accepted(const Appended& appended);
    // The last position that the log has given to a commit of this unit.
    [[nodiscard]] Position last_accepted() const { return last_accepted_; }
    // Releases the aggregates, unchanged.
    void give_up();
    // The log has refused that commit, because another writer has taken `stream` to `version`. Gives up, waits until
    // that version can be read, and has the aggregate catch up. Fails when the log does. REQUIRES: has(stream).
    std::expected<void, errc> catch_up(std::string_view stream, Version version);

    // Callbacks to the processor whose aggregate takes part in this unit.
    class Participant {
       public:
        virtual ~Participant() = default;
        virtual void accepted(Position last) noexcept = 0;  // the position of the last of its events
        virtual void release() noexcept = 0;                // the last call while the unit holds the aggregate
        virtual std::expected<void, errc> catch_up(Version version) = 0;
    };
    void hold(ShardLock& lock);  // once, however often it is asked for
    void add(StreamAppend append, std::unique_ptr<Participant> participant);

   private:
    struct Joined {
        std::string stream;
        std::size_t events;
        std::unique_ptr<Participant> participant;
    };
    std::vector<Joined> participants_;
    std::vector<StreamAppend> appends_;  // of the participants, until they stand in a commit
    std::vector<ShardLock*> held_;
    Position last_accepted_;
};

}  // namespace sillok
