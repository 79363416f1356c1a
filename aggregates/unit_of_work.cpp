#include "aggregates/unit_of_work.hpp"

#include "eventstore/base/assertion.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <thread>
#include <utility>

namespace sillok {

bool UnitOfWork::has(std::string_view stream) const {
    return std::ranges::find(parts_, stream, &Part::stream) != parts_.end();
}

void UnitOfWork::put_into(Commit& commit) {
    if (commit.appends.empty() && !appends_.empty())
        commit.metadata.command_id = std::exchange(appends_.front().command_id, Uuid{});
    std::ranges::move(appends_, std::back_inserter(commit.appends));
    appends_.clear();
}

void UnitOfWork::accepted(const Appended& appended) {
    SILLOK_ASSERT(appends_.empty());
    auto last = appended.last;
    for (const auto& part : parts_ | std::views::reverse) {
        part.aggregate->accepted(last);
        last.value -= part.events;
    }
    SILLOK_ASSERT(last.value + 1 >= appended.first.value);
    give_up();
}

void UnitOfWork::give_up() {
    for (const auto& part : parts_) part.aggregate->let_go();
    parts_.clear();
    appends_.clear();
    locks_.clear();
}

std::expected<void, errc> UnitOfWork::catch_up(std::string_view stream, Version version) {
    const auto found = std::ranges::find(parts_, stream, &Part::stream);
    SILLOK_ASSERT(found != parts_.end());
    auto& aggregate = *found->aggregate;
    const auto parts = std::exchange(parts_, {});
    for (const auto& part : parts) part.aggregate->let_go();
    give_up();
    return aggregate.catch_up(version);
}

void UnitOfWork::hold(Mutex& mutex) {
    const bool holds = std::ranges::any_of(locks_, [&](const auto& lock) { return lock.mutex() == &mutex; });
    if (holds) return;
    // What is asked next follows from answers, so these locks have no order. None is needed: whoever else holds one
    // holds no other, and soon lets go of it.
    std::unique_lock lock{mutex, std::defer_lock};
    while (!lock.try_lock()) std::this_thread::yield();
    locks_.push_back(std::move(lock));
}

void UnitOfWork::add(StreamAppend append, std::unique_ptr<Aggregate> aggregate) {
    parts_.push_back({append.stream, append.events.size(), std::move(aggregate)});
    appends_.push_back(std::move(append));
}

}  // namespace sillok
