#include "sagas/engine/timers.hpp"

#include "eventstore/base/assertion.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sillok::saga {

using Kind = Timer::Kind;

void Timers::set_expiry(std::string_view stream, Timestamp time) {
    entries_.insert(Entry{Kind::expiry, time, 0, std::string{stream}});
}

void Timers::cancel_expiry(std::string_view stream, Timestamp time) {
    const auto found = entries_.find(Key{Kind::expiry, time, 0, stream});
    if (found != entries_.end()) entries_.erase(found);
}

void Timers::set_retry(std::string_view stream, Timestamp time) {
    entries_.insert(Entry{Kind::retry, time, retries_set_++, std::string{stream}});
    ++retries_;
}

void Timers::cancel_retry(std::string_view stream, Timestamp time) {
    auto at = entries_.lower_bound(Key{Kind::retry, time, 0, {}});
    while (at != entries_.end() && at->time == time && at->stream != stream) ++at;
    SILLOK_ASSERT(at != entries_.end() && at->time == time);
    entries_.erase(at);
    --retries_;
}

std::optional<Timer> Timers::pop_due(Timestamp now) {
    auto first = entries_.cbegin();
    if (first == entries_.end() || first->time > now) first = first_retry();
    if (first == entries_.end() || first->time > now) return std::nullopt;
    auto due = std::move(entries_.extract(first).value());
    if (due.kind == Kind::retry) --retries_;
    return Timer{due.time, due.kind, std::move(due.stream)};
}

std::optional<Timestamp> Timers::next() const {
    if (entries_.empty()) return std::nullopt;
    const auto retry = first_retry();
    const auto first = entries_.begin()->time;
    return retry == entries_.end() ? first : std::min(first, retry->time);
}

Timers::Entries::const_iterator Timers::first_retry() const {
    constexpr Timestamp earliest{std::numeric_limits<std::int64_t>::min()};
    return entries_.lower_bound(Key{Kind::retry, earliest, 0, {}});
}

}  // namespace sillok::saga
