#include "projections/engine/consumed_check.hpp"

#include "eventstore/event_store.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace sillok {

namespace {

void read_to(Position target, ConsumedChain& chain, const EventStore& log) {
    while (chain.position() < target) {
        const auto wanted = std::min<std::uint64_t>(4096, target.value - chain.position().value);
        const auto events = log.read_log(chain.position(), wanted);
        if (events.empty()) throw StorageError("the log ends before its own head");
        for (const auto& event : events) chain.add(event);
    }
}

}  // namespace

std::vector<ReadModelFinding> check_consumed(std::vector<ReadModelStatus> statuses, const EventStore& log) {
    std::vector<ReadModelFinding> findings;
    std::ranges::sort(statuses, {}, [](const ReadModelStatus& status) { return status.consumed.position; });
    ConsumedChain chain;
    for (const auto& status : statuses) {
        if (status.consumed.events == 0) continue;
        const auto position = status.consumed.position;
        const auto find = [&](std::string what) {
            findings.push_back({std::string{status.name}, position, std::move(what)});
        };
        read_to(position, chain, log);
        const auto truth = chain.checkpoint().consumed;
        if (status.consumed.events != truth.events)
            find("it has consumed " + std::to_string(status.consumed.events) + " events of " +
                 std::to_string(truth.events));
        else if (status.consumed.hash != truth.hash)
            find("it has consumed other events than the log holds");
    }
    return findings;
}

}  // namespace sillok
