// The sessions of one listener that are open now: to count them, to choose the one that makes room, and to act on them.
//
// Threads: any thread may call any member. Acts run on the sessions' executors.
#pragma once

#include "api/http/address_counts.hpp"
#include "api/http/session.hpp"
#include "eventstore/base/mutex.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace sillok::api {

class OpenSessions {
   public:
    using Deadline = Session::Deadline;
    using Number = std::uint64_t;

    // Returns false where the client's address has `max` connections already (0: any number). Else it is counted.
    bool admit(const asio::ip::address& client, std::size_t max);
    Number add(Session& session);
    // Returns how many sessions are left. REQUIRES: admitted and added.
    std::size_t remove(Number number, const asio::ip::address& client);

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool has_overdue(Deadline now) const;
    // The session that is to end for another one: of those that have been idle since before `idle_before` the one that
    // has been longest, or else the one whose client has been waited for longest, since before `slow_before`. Returns
    // nothing where there is none.
    [[nodiscard]] std::optional<Number> longest_waiting(Deadline idle_before, Deadline slow_before) const;

    // Calls `act` for every session that is still open then, each on its own executor.
    template <class Act>
    void for_each(Act act) {
        const MutexLock lock{mutex_};
        for (const auto& [number, session] : sessions_) post(number, *session, act);
    }
    // Calls `act` for one session on its executor if it is still open then.
    template <class Act>
    void for_one(Number number, Act act) {
        const MutexLock lock{mutex_};
        if (const auto entry = sessions_.find(number); entry != sessions_.end()) post(number, *entry->second, act);
    }

   private:
    template <class Act>
    void post(Number number, Session& session, Act act) {
        asio::post(session.executor(), [this, number, act] {
            // It cannot end before the act has run: it would do so on this executor.
            if (auto* found = find(number)) act(*found);
        });
    }
    Session* find(Number number) const;

    mutable Mutex mutex_;
    std::map<Number, Session*> sessions_ SILLOK_GUARDED_BY(mutex_);
    Number last_ SILLOK_GUARDED_BY(mutex_) = 0;
    AddressCounts addresses_ SILLOK_GUARDED_BY(mutex_);
};

}  // namespace sillok::api
