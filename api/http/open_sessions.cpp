#include "api/http/open_sessions.hpp"

#include <algorithm>
#include <limits>

namespace sillok::api {

bool OpenSessions::admit(const asio::ip::address& client, std::size_t max) {
    const MutexLock lock{mutex_};
    return addresses_.add(client, max == 0 ? std::numeric_limits<std::size_t>::max() : max);
}

OpenSessions::Number OpenSessions::add(Session& session) {
    const MutexLock lock{mutex_};
    sessions_.emplace(++last_, &session);
    return last_;
}

std::size_t OpenSessions::remove(Number number, const asio::ip::address& client) {
    const MutexLock lock{mutex_};
    sessions_.erase(number);
    addresses_.remove(client);
    return sessions_.size();
}

std::size_t OpenSessions::size() const {
    const MutexLock lock{mutex_};
    return sessions_.size();
}

bool OpenSessions::has_overdue(Deadline now) const {
    const MutexLock lock{mutex_};
    return std::ranges::any_of(sessions_, [now](const auto& entry) { return entry.second->is_overdue(now); });
}

std::optional<OpenSessions::Number> OpenSessions::longest_waiting(Deadline idle_before, Deadline slow_before) const {
    const MutexLock lock{mutex_};
    std::optional<Number> idle;
    std::optional<Number> slow;
    for (const auto& [number, session] : sessions_) {
        const auto wait = session->waits_for_client();
        auto& earliest = wait.is_idle ? idle_before : slow_before;
        if (wait.since >= earliest) continue;
        earliest = wait.since;
        (wait.is_idle ? idle : slow) = number;
    }
    return idle ? idle : slow;
}

Session* OpenSessions::find(Number number) const {
    const MutexLock lock{mutex_};
    const auto entry = sessions_.find(number);
    return entry == sessions_.end() ? nullptr : entry->second;
}

}  // namespace sillok::api
