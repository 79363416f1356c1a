#include "sagas/engine/saga_instances.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "sagas/engine/journal_reader.hpp"
#include "sagas/engine/saga_errors.hpp"

#include <spdlog/fmt/fmt.h>

#include <iterator>
#include <utility>
#include <variant>

namespace sillok::saga {

void Instance::record(Event event) {
    state = evolve(std::move(state), event);
    auto whole = unwritten.empty() ? std::nullopt : executed(unwritten.back(), event);
    if (whole)
        unwritten.back() = *std::move(whole);
    else
        unwritten.push_back(std::move(event));
}

Instance& Instances::find(const Manager& manager, const std::string& stream) {
    if (const auto found = by_stream_.find(stream); found != by_stream_.end()) {
        by_use_.splice(by_use_.end(), by_use_, found->second);
        return *found->second;
    }
    by_use_.push_back(load(manager, stream));
    by_stream_.emplace(stream, std::prev(by_use_.end()));
    return by_use_.back();
}

const Instance* Instances::in_memory(std::string_view stream) const {
    const auto found = by_stream_.find(stream);
    return found == by_stream_.end() ? nullptr : &*found->second;
}

Instance Instances::load(const Manager& manager, const std::string& stream) const {
    Instance instance{stream, &manager};
    if (store_.is_new(stream)) return instance;
    each_journal_event(store_, stream, [&](const Recorded& recorded, const Event& event) {
        instance.state = evolve(std::move(instance.state), event);
        instance.version = recorded.version;
        instance.written = recorded.position;
        instance.correlation = recorded.correlation_id;
        instance.causation = recorded.causation_id;
        if (const auto* started = std::get_if<event::Started>(&event);
            started != nullptr && is_in<phase::NotStarted>(instance.state))
            throw JournalUnreadable(unreadable(
                recorded, {fmt::format("unknown definition {} {}", started->definition, started->definition_version)}));
    });
    instance.version = std::max(instance.version, store_.version_of(stream));  // behind events that were skipped
    instance.expiry_timer = expires_at(instance.state);
    instance.is_expiry_timer_certain = false;
    return instance;
}

void Instances::forget(std::string_view stream) {
    const auto found = by_stream_.find(stream);
    if (found == by_stream_.end()) return;
    const auto instance = found->second;
    by_stream_.erase(found);
    by_use_.erase(instance);
}

void Instances::evict() {
    const auto head = store_.head();
    while (by_use_.size() > states_max_ && by_use_.front().written <= head) forget(by_use_.front().stream);
}

}  // namespace sillok::saga
