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
        : storage_(storage), walk_(storage, progress, since, std::move(frontier)) {}

    LogReport run() {
        walk_.run(*this);
        walk_.check([&] { compare_streams(); });
        walk_.check([&] { compare_commands(); });
        walk_.check([&] { compare_tags(); });
        walk_.check([&] { compare_event_ids(); });
        walk_.report().streams = streams_.size();
        return std::move(walk_.report());
    }

   private:
    // A stream's new events, side by side.
    struct News {
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
        auto& news = streams_[std::string{event.stream}];
        if (news.positions.empty()) news.first = event.version;
        const Version expected{news.first.value + news.positions.size()};
        if (event.version != expected)
            walk_.problem(
                event.position, event.stream,
                "version " + std::to_string(event.version.value) + " follows " + std::to_string(expected.value - 1));
        news.positions.push_back(event.position);
        for (const auto tag : event.tags) tags_.push_back({std::string{tag}, event.position, std::string{event.type}});
        if (event.id_was_chosen) event_ids_.emplace_back(event.event_id, event.position);
    }
    void see_command(const Uuid& id, Position first, std::uint32_t events) override {
        commands_.push_back({id, first, events});
    }

    // The index leads through the stream's last older event to the new ones, and ends with them.
    void compare_streams() {
        for (const auto& [name, news] : streams_) {
            if (!walk_.goes_on()) return;
            const auto head = storage_.find_stream(name);
            if (!head || !leads_through(*head, name, news))
                walk_.problem(news.positions.front(), name, "the stream index does not agree with the events");
        }
    }

    bool leads_through(const StreamHead& head, const std::string& name, const News& news) {
        auto version = news.first.value == 1 ? news.first : Version{news.first.value - 1};
        auto expected = news.positions.begin();
        bool agrees = true;
        storage_.scan_stream(head.number, version, [&](Position position, std::string_view bytes) {
            const auto event = record::read(position, bytes);
            agrees = event && event->stream == name && event->version == version;
            if (version < news.first)
                agrees = agrees && position <= walk_.report().from;
            else
                agrees = agrees && expected != news.positions.end() && position == *expected;
            if (agrees && version >= news.first) ++expected;
            version = next(version);
            return agrees;
        });
        return agrees && expected == news.positions.end();
    }

    void compare_commands() {
        for (const auto& [id, first, events] : commands_) {
            const auto known = storage_.find_command(id);
            if (!known || known->first != first || known->events != events)
                walk_.problem(first, {}, "the command index does not agree with the events");
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
            if (!agrees) walk_.problem(entry.position, {}, "the tag index does not agree with the events");
        }
    }

    void compare_event_ids() {
        for (const auto& [id, position] : event_ids_)
            if (storage_.find_event_id(id) != position)
                walk_.problem(position, {}, "the event id index does not agree with the events");
    }

    const LogStorage& storage_;
    LogScanner walk_;
    std::unordered_map<std::string, News> streams_;
    std::vector<Command> commands_;
    std::vector<Tag> tags_;
    std::vector<std::pair<Uuid, Position>> event_ids_;
};

// Why the log does not go on from where it was verified; nothing when it does.
std::optional<std::string> broken_off(const LogStorage& storage, const VerifiedHead& since,
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
        if (auto broken = broken_off(storage, since, frontier)) return problem(*std::move(broken));
        return VerificationSince{storage, since, progress, std::move(frontier)}.run();
    } catch (const StorageError& error) {
        return problem(error.what());
    }
}

}  // namespace sillok
