#include "aggregates/unit_of_work.hpp"

#include "eventstore/base/assertion.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace sillok {

bool UnitOfWork::has(std::string_view stream) const {
    return std::ranges::find(participants_, stream, &Joined::stream) != participants_.end();
}

void UnitOfWork::put_into(Commit& commit) {
    if (commit.appends.empty() && !appends_.empty())
        commit.metadata.command_id = std::exchange(appends_.front().command_id, Uuid{});
    std::ranges::move(appends_, std::back_inserter(commit.appends));
    appends_.clear();
}

void UnitOfWork::accepted(const Appended& appended) {
    SILLOK_ASSERT(appends_.empty());
    last_accepted_ = appended.last;
    auto last = appended.last;
    for (const auto& joined : participants_ | std::views::reverse) {
        joined.participant->accepted(last);
        last.value -= joined.events;
    }
    SILLOK_ASSERT(last.value + 1 >= appended.first.value);
    give_up();
}

void UnitOfWork::give_up() {
    for (const auto& joined : participants_) joined.participant->release();
    participants_.clear();
    appends_.clear();
    for (auto* lock : held_) lock->release();
    held_.clear();
}

std::expected<void, errc> UnitOfWork::catch_up(std::string_view stream, Version version) {
    const auto found = std::ranges::find(participants_, stream, &Joined::stream);
    SILLOK_ASSERT(found != participants_.end());
    const auto behind = std::move(found->participant);
    behind->release();
    participants_.erase(found);
    give_up();
    return behind->catch_up(version);
}

void UnitOfWork::hold(ShardLock& lock) {
    if (std::ranges::find(held_, &lock) != held_.end()) return;
    lock.hold();
    held_.push_back(&lock);
}

void UnitOfWork::add(StreamAppend append, std::unique_ptr<Participant> participant) {
    participants_.push_back({append.stream, append.events.size(), std::move(participant)});
    appends_.push_back(std::move(append));
}

}  // namespace sillok
