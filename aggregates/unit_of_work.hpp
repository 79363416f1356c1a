// Commands to several aggregates that become one commit: all of them happen, or none does.
// (Unit of Work: Fowler, Patterns of Enterprise Application Architecture, 2002.)
//
// Order:   whatever a unit has asked, it holds: whoever else wants that aggregate waits until the unit was accepted or
//          given up. Of each aggregate it takes the events of one command; the next command goes into another unit.
// Threads: one at a time. REQUIRES: of all units over the same processors only one holds anything at a time, for each
//          holds several aggregates at once.
// Errors:  a unit that is destroyed or given up has changed nothing.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/commit.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
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

    // How many aggregates have events in it, and whether that one does.
    [[nodiscard]] std::size_t size() const { return parts_.size(); }
    [[nodiscard]] bool has(std::string_view stream) const;

    // Moves what was decided into a commit, behind what stands there; where nothing does, it becomes the commit of the
    // first command.
    void put_into(Commit& commit);
    // The log has accepted that commit: the aggregates go on from there, and are let go.
    void accepted(const Appended& appended);
    void give_up();
    // The log has not, because somebody has written to `stream` past its processor, up to `version`: gives up, waits
    // until that can be read, and has the aggregate take it in. Fails when the log does. REQUIRES: has(stream).
    std::expected<void, errc> catch_up(std::string_view stream, Version version);

    // What a processor does about an aggregate of which it has put something in.
    class Aggregate {
       public:
        virtual ~Aggregate() = default;
        virtual void accepted(Position last) noexcept = 0;  // where the last of its events stands
        virtual void let_go() noexcept = 0;                 // called last while it is held
        virtual std::expected<void, errc> catch_up(Version version) = 0;
    };
    void hold(Mutex& mutex) SILLOK_ASSERTS_HELD(mutex);  // once, however often it is asked for
    void add(StreamAppend append, std::unique_ptr<Aggregate> aggregate);

   private:
    struct Part {
        std::string stream;
        std::size_t events;
        std::unique_ptr<Aggregate> aggregate;
    };
    std::vector<Part> parts_;
    std::vector<StreamAppend> appends_;  // of the parts, until they stand in a commit
    std::vector<std::unique_lock<Mutex>> locks_;
};

}  // namespace sillok
