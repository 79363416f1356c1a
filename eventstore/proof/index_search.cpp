#include "eventstore/proof/index_search.hpp"

#include "eventstore/known_command.hpp"
#include "eventstore/storage/record.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sillok {

namespace {

using Found = std::optional<LogProblem>;

// A search through events or entries. If something cannot be read, its place is the result.
class Search {
   public:
    explicit Search(const LogStorage& storage) : storage_(storage) {}

    // Runs one step unless an earlier one has found something.
    Search& then(const std::function<void(Search&)>& step) {
        if (found_) return *this;
        looking_at_ = std::nullopt;
        stream_.clear();
        try {
            step(*this);
        } catch (const StorageError& error) {
            found(error.what());
        }
        return *this;
    }

    // Visits each event until something is found.
    void each_event(const std::function<void(const Recorded&)>& visit) {
        storage_.scan_log(Position{0}, [&](Position position, std::string_view bytes) {
            const auto event = record::read(position, bytes);
            if (!event) throw StorageError("position " + std::to_string(position.value) + ": " + event.error().what);
            look_at(position, event->stream);
            visit(*event);
            return !found_;
        });
    }

    void look_at(std::optional<Position> position, std::string_view stream = {}) {
        looking_at_ = position;
        stream_ = stream;
    }
    void found(std::string what) { found_ = LogProblem{looking_at_, stream_, std::move(what)}; }
    [[nodiscard]] bool goes_on() const { return !found_; }
    [[nodiscard]] Found result() { return std::move(found_); }

    // Whether there is an event at this position, and it is `like` this.
    [[nodiscard]] bool is_event(Position position, const std::function<bool(const Recorded&)>& like) const {
        bool is = false;
        storage_.scan_log(position, [&](Position at, std::string_view bytes) {
            const auto event = record::read(at, bytes);
            is = at == position && event && like(*event);
            return false;
        });
        return is;
    }

    [[nodiscard]] const LogStorage& storage() const { return storage_; }

   private:
    const LogStorage& storage_;
    std::optional<Position> looking_at_;
    std::string stream_;
    Found found_;
};

struct Stream {
    StreamNumber number;
    Version last;
};
using Streams = std::unordered_map<std::string, Stream>;

void find_unindexed_event(Search& search, Streams& streams) {
    search.each_event([&](const Recorded& event) {
        const auto [known, is_new] = streams.try_emplace(std::string{event.stream});
        if (is_new) {
            const auto head = search.storage().find_stream(event.stream);
            if (!head) return search.found("the stream is missing from the stream index");
            known->second.number = head->number;
        }
        known->second.last = event.version;
        std::optional<Position> indexed;
        search.storage().scan_stream(known->second.number, event.version, [&](Position position, std::string_view) {
            indexed = position;
            return false;
        });
        if (indexed != event.position) search.found("the stream index has something else for this event");
    });
}

void find_surplus_stream(Search& search, const Streams& streams) {
    std::unordered_map<std::uint64_t, std::string> names;
    for (const auto& [name, stream] : streams) {
        search.look_at(std::nullopt, name);
        if (!names.emplace(stream.number.value, name).second)
            return search.found("the stream shares its number with another");
    }
    search.look_at(std::nullopt);
    search.storage().scan_streams("", [&](std::string_view name, const StreamHead&) {
        search.look_at(std::nullopt, name);
        if (!streams.contains(std::string{name}))
            search.found("no event is of this stream, and the stream index has it");
        return search.goes_on();
    });
    if (!search.goes_on()) return;
    search.storage().scan_index([&](StreamNumber stream, Version version, Position position) {
        const auto name = names.find(stream.value);
        search.look_at(position, name == names.end() ? std::string_view{} : name->second);
        if (name == names.end() || version == Version{0} || version > streams.at(name->second).last)
            search.found("the stream index has an entry here that no event has made");
        return search.goes_on();
    });
}

void find_forgotten_command(Search& search) {
    Uuid id;
    Position first;
    std::uint32_t events = 0;
    std::uint16_t rest = 0;
    const auto check = [&] {
        if (id.is_nil()) return;
        search.look_at(first);
        const auto known = search.storage().find_command(id);
        if (!known || known->first != first || known->events != events)
            search.found("the command index has something else for command " + id.text());
    };
    search.each_event([&](const Recorded& event) {
        if (rest == 0) {
            check();
            id = event.command_id;
            first = event.position;
            events = 0;
        }
        ++events;
        rest = event.commit_rest;
    });
    if (search.goes_on()) check();
}

void find_surplus_command(Search& search) {
    const auto end = search.storage().head().position;
    search.storage().scan_commands([&](const Uuid& id, const KnownCommand& known) {
        search.look_at(known.first);
        const bool made_it =
            known.events == 0
                ? known.first <= end
                : search.is_event(known.first, [&](const Recorded& event) { return event.command_id == id; });
        if (!made_it) search.found("the command index has command " + id.text() + ", which made no event here");
        search.look_at(std::nullopt);
        return search.goes_on();
    });
}

void find_untagged_event(Search& search) {
    search.each_event([&](const Recorded& event) {
        for (const auto tag : event.tags) {
            bool same = false;
            search.storage().scan_tag(tag, event.position,
                                      [&](std::string_view, Position position, std::string_view type) {
                                          same = position == event.position && type == event.type;
                                          return false;
                                      });
            if (!same) search.found("the tag index has something else for this event and tag " + std::string{tag});
        }
    });
}

void find_surplus_tag(Search& search) {
    search.storage().scan_tags([&](std::string_view tag, Position position, std::string_view type) {
        search.look_at(position);
        const bool made_it = search.is_event(position, [&](const Recorded& event) {
            return event.type == type && std::ranges::find(event.tags, tag) != event.tags.end();
        });
        if (!made_it)
            search.found("the tag index has tag " + std::string{tag} + " for an event that does not carry it");
        search.look_at(std::nullopt);
        return search.goes_on();
    });
}

void find_forgotten_event_id(Search& search) {
    search.each_event([&](const Recorded& event) {
        if (event.id_was_chosen && search.storage().find_event_id(event.event_id) != event.position)
            search.found("the event id index has something else for event " + event.event_id.text());
    });
}

void find_surplus_event_id(Search& search) {
    search.storage().scan_event_ids([&](const Uuid& id, Position position) {
        search.look_at(position);
        if (!search.is_event(position,
                             [&](const Recorded& event) { return event.id_was_chosen && event.event_id == id; }))
            search.found("the event id index has " + id.text() + ", which is not the id of this event");
        search.look_at(std::nullopt);
        return search.goes_on();
    });
}

}  // namespace

Found find_in_stream_index(const LogStorage& storage) {
    Streams streams;
    return Search{storage}
        .then([&](Search& search) { find_unindexed_event(search, streams); })
        .then([&](Search& search) { find_surplus_stream(search, streams); })
        .result();
}

Found find_in_command_index(const LogStorage& storage) {
    return Search{storage}.then(find_forgotten_command).then(find_surplus_command).result();
}

Found find_in_tag_index(const LogStorage& storage) {
    return Search{storage}.then(find_untagged_event).then(find_surplus_tag).result();
}

Found find_in_event_id_index(const LogStorage& storage) {
    return Search{storage}.then(find_forgotten_event_id).then(find_surplus_event_id).result();
}

}  // namespace sillok
