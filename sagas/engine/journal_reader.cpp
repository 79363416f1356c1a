#include "sagas/engine/journal_reader.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/skipped_event.hpp"
#include "sagas/engine/saga_errors.hpp"

#include <cstddef>
#include <utility>
#include <variant>

namespace sillok::saga {
namespace {

constexpr std::size_t page_events = 512;

}  // namespace

void each_journal_event(const EventStore& store, const std::string& stream,
                        const std::function<void(const Recorded&, const Event&)>& visit, Version after) {
    for (;;) {
        const auto page = store.read_stream(stream, next(after), page_events);
        if (page.empty()) return;
        for (const auto& recorded : page) {
            after = recorded.version;
            auto event = decode<Event>(recorded);
            if (event)
                visit(recorded, *event);
            else if (!is_skip(recorded) && !skip_of(store, recorded))
                throw JournalUnreadable(unreadable(recorded, std::move(event).error()));
        }
    }
}

void each_scheduled_or_completed(const EventStore& store, const std::string& stream,
                                 const std::function<void(const Event&)>& visit) {
    each_journal_event(store, stream, [&visit](const Recorded&, const Event& event) {
        if (const auto* executed = std::get_if<event::CommandExecuted>(&event)) {
            visit(scheduled(*executed));
            visit(completed(*executed));
        } else {
            visit(event);
        }
    });
}

}  // namespace sillok::saga
