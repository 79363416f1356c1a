// The incremental verification of verify.hpp.
#include "eventstore/proof/log_scanner.hpp"
#include "eventstore/storage/record.hpp"

#include <unordered_map>
#include <vector>

namespace sillok {

namespace {

class VerificationSince final : public LogVisitor {
   public:
    VerificationSince(const LogStorage& storage, const VerifiedHead& since,
                      const std::function<void(Position)>& progress, merkle::Frontier frontier)
        : storage_(storage), scanner_(storage, progress, since, std::move(frontier)) {}

    LogReport run() {
        scanner_.run(*this);
        scanner_.check([&] { compare_streams(); });
        scanner_.check([&] { compare_commands(); });
        scanner_.check([&] { compare_tags(); });
        scanner_.check([&] { compare_event_ids(); });
        scanner_.report().streams = streams_.size();
        return std::move(scanner_.report());
    }

   private:
    // A stream's new events: `first` and the versions that follow it.
    struct NewEvents {
        Version first;
        std::vector<Position> positions;
    };
    struct Command {
        Uuid id;
        Position first;
        std::uint32_t events;
    };
    struct Tag {
        std::string tag;
        Position position;
        std::string type;
    };

    void see_event(const Recorded& event) override {
        auto& added = streams_[std::string{event.stream}];
        if (added.positions.empty()) added.first = event.version;
        const Version expected{added.first.value + added.positions.size()};
        if (event.version != expected)
            scanner_.problem(
                event.position, event.stream,
                "version " + std::to_string(event.version.value) + " follows " + std::to_string(expected.value - 1));
        added.positions.push_back(event.position);
        for (const auto tag : event.tags) tags_.push_back({std::string{tag}, event.position, std::string{event.type}});
        if (event.id_was_chosen) event_ids_.emplace_back(event.event_id, event.position);
    }
    void see_command(const Uuid& id, Position first, std::uint32_t events) override {
        commands_.push_back({id, first, events});
    }

    // The index must contain the stream's last older event, then the new ones, and no more.
    void compare_streams() {
        for (const auto& [name, added] : streams_) {
            if (!scanner_.goes_on()) return;
            const auto head = storage_.find_stream(name);
            if (!head || !leads_through(*head, name, added))
                scanner_.problem(added.positions.front(), name, "the stream index does not agree with the events");
        }
    }

    bool leads_through(const StreamHead& head, const std::string& name, const NewEvents& added) {
        auto version = added.first.value == 1 ? added.first : Version{added.first.value - 1};
        auto expected = added.positions.begin();
        bool agrees = true;
        storage_.scan_stream(head.number, version, [&](Position position, std::string_view bytes) {
            const auto event = record::read(position, bytes);
            agrees = event && event->stream == name && event->version == version;
            if (version < added.first)
                agrees = agrees && position <= scanner_.report().from;
            else
                agrees = agrees && expected != added.positions.end() && position == *expected;
            if (agrees && version >= added.first) ++expected;
            version = next(version);
            return agrees;
        });
        return agrees && expected == added.positions.end();
    }

    void compare_commands() {
        for (const auto& [id, first, events] : commands_) {
            const auto known = storage_.find_command(id);
            if (!known || known->first != first || known->events != events)
                scanner_.problem(first, {}, "the command index does not agree with the events");
        }
    }

    void compare_tags() {
        for (const auto& entry : tags_) {
            bool agrees = false;
            storage_.scan_tag(entry.tag, entry.position,
                              [&](std::string_view, Position position, std::string_view type) {
                                  agrees = position == entry.position && type == entry.type;
                                  return false;
                              });
            if (!agrees) scanner_.problem(entry.position, {}, "the tag index does not agree with the events");
        }
    }

    void compare_event_ids() {
        for (const auto& [id, position] : event_ids_)
            if (storage_.find_event_id(id) != position)
                scanner_.problem(position, {}, "the event id index does not agree with the events");
    }

    const LogStorage& storage_;
    LogScanner scanner_;
    std::unordered_map<std::string, NewEvents> streams_;
    std::vector<Command> commands_;
    std::vector<Tag> tags_;
    std::vector<std::pair<Uuid, Position>> event_ids_;
};

// Why the log does not continue the verified head; nothing if it does.
std::optional<std::string> problem_at_head(const LogStorage& storage, const VerifiedHead& since,
                                           const merkle::Frontier& frontier) {
    std::optional<Hash> found;
    storage.scan_log(since.position, [&](Position position, std::string_view bytes) {
        const auto event = record::read(position, bytes);
        if (position == since.position && event) found = event->chain_hash;
        return false;
    });
    if (since.position > Position{0} && found != since.chain_hash)
        return "another event stood here when it was verified";
    Sha256 sha256;
    if (frontier.root(sha256) != since.root) return "the tree up to here is not the one that was verified";
    return std::nullopt;
}

}  // namespace

LogReport verify_log_since(const LogStorage& storage, const VerifiedHead& since,
                           const std::function<void(Position)>& progress) {
    LogReport refused;
    refused.from = since.position;
    const auto problem = [&](std::string what) {
        refused.problems.push_back({since.position, {}, std::move(what)});
        return refused;
    };
    try {
        const auto head = storage.head();
        refused.head = head.position;
        refused.chain_hash = head.chain_hash;
        if (head.position < since.position)
            return problem("the log was verified up to here, and ends at " + std::to_string(head.position.value));
        auto frontier = LogTree{storage}.frontier(TreeSize{since.position.value});
        if (auto broken = problem_at_head(storage, since, frontier)) return problem(*std::move(broken));
        return VerificationSince{storage, since, progress, std::move(frontier)}.run();
    } catch (const StorageError& error) {
        return problem(error.what());
    }
}

}  // namespace sillok
