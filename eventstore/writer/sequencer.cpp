#include "eventstore/writer/sequencer.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/splitmix64.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/limits.hpp"
#include "eventstore/storage/record.hpp"

#include <algorithm>
#include <array>

namespace sillok {

namespace {

constexpr std::size_t categories_max = 1'000;  // whose last names are kept

Version expected_version(const Expected& expected) {
    const auto* version = std::get_if<Version>(&expected);
    return version ? *version : Version{0};
}

// Follows from commit and position, so that every node that accepts a commit gives it the same ids.
Uuid derived_event_id(const Metadata& metadata, Position position) {
    const auto seed = std::hash<Uuid>{}(metadata.command_id);
    return uuid_v7(metadata.time.value, splitmix64(seed), splitmix64(seed ^ splitmix64(position.value)));
}

std::uint32_t events_of(const Commit& commit) {
    std::size_t events = 0;
    for (const auto& append : commit.appends) events += append.events.size();
    return static_cast<std::uint32_t>(events);
}

bool has_chosen_ids(const Commit& commit) {
    return std::ranges::any_of(commit.appends, [](const StreamAppend& append) {
        return std::ranges::any_of(append.events, [](const NewEvent& event) { return !event.event_id.is_nil(); });
    });
}

}  // namespace

Sequencer::Sequencer(const LogStorage& storage, std::size_t heads_max, std::size_t commands_max)
    : storage_(storage), heads_(heads_max), commands_(commands_max), event_ids_(commands_max) {
    const auto head = storage.head();
    last_position_ = head.position;
    last_stream_ = head.last_stream;
    open_.number = 1;
}

Sequencer::Head Sequencer::find_head(std::string_view stream) {
    if (const auto* head = heads_.find(stream)) return *head;
    // That there is none is remembered, too: whoever looks is likely to be about to make it.
    const auto* last = last_name(stream);
    const bool is_behind_all = last != nullptr && stream > *last;
    const auto stored = is_behind_all ? StreamHead{} : storage_.find_stream(stream).value_or(StreamHead{});
    return heads_.put(std::string{stream}, Head{stored.number, stored.version, 0}, undurable<Head>());
}

// The last name of the stream's category; nothing where there are too many categories to know it.
std::string* Sequencer::last_name(std::string_view stream) {
    const auto category = stream.substr(0, stream.find('-') + 1);  // with the '-'; empty where there is none
    if (category.empty()) return nullptr;
    if (const auto found = last_names_.find(category); found != last_names_.end()) return &found->second;
    if (last_names_.size() >= categories_max) return nullptr;
    // Before any stream of this category is accepted: none is behind it that storage does not know.
    auto last = storage_.last_stream(category).value_or(std::string{});
    return &last_names_.emplace(category, std::move(last)).first->second;
}

std::optional<Sequencer::Command> Sequencer::find(const Uuid& command_id) {
    if (const auto* recent = commands_.find(command_id)) return *recent;
    if (auto stored = storage_.find_command(command_id)) return Command{*std::move(stored), 0};
    return std::nullopt;
}

std::optional<KnownCommand> Sequencer::find_command(const Uuid& command_id) {
    auto found = find(command_id);
    if (!found) return std::nullopt;
    return std::move(found->known);
}

std::optional<Sequencer::EventIdPlace> Sequencer::find_event_id(const Uuid& event_id) {
    if (const auto* recent = event_ids_.find(event_id)) return *recent;
    if (const auto stored = storage_.find_event_id(event_id)) return EventIdPlace{*stored, 0};
    return std::nullopt;
}

// Where the commit's first event stands already, when all of its events stand there side by side; position 0 when
// none of its event ids is known. Else one that is known, or that the commit itself has twice, is the error.
std::expected<Sequencer::EventIdPlace, Uuid> Sequencer::find_event_ids(const Commit& commit) {
    std::vector<Uuid> chosen;
    std::optional<EventIdPlace> first;
    std::optional<Uuid> known;
    bool side_by_side = true;
    std::uint64_t index = 0;
    for (const auto& append : commit.appends)
        for (const auto& event : append.events) {
            const auto place = event.event_id.is_nil() ? std::nullopt : find_event_id(event.event_id);
            if (index == 0) first = place;
            side_by_side = side_by_side && first && place && place->position.value == first->position.value + index;
            if (place) known = event.event_id;
            if (!event.event_id.is_nil()) chosen.push_back(event.event_id);
            ++index;
        }
    if (side_by_side && first) return *first;
    if (known) return std::unexpected(*known);
    std::ranges::sort(chosen);
    if (const auto twice = std::ranges::adjacent_find(chosen); twice != chosen.end()) return std::unexpected(*twice);
    return EventIdPlace{};
}

std::optional<AppendError> Sequencer::check_streams(const Commit& commit) {
    found_.clear();
    const auto conflict = [this](const std::string& stream, const Expected& expected) -> std::optional<AppendError> {
        const auto head = find_head(stream);
        const bool must_be_absent = std::holds_alternative<NoStream>(expected);
        const bool is_absent = head.version == Version{0};
        if (must_be_absent != is_absent || head.version != expected_version(expected))
            return AppendError{errc::version_conflict, stream, head.version};
        found_.push_back(head);
        return std::nullopt;
    };
    for (const auto& append : commit.appends)
        if (auto error = conflict(append.stream, append.expected)) return error;
    for (const auto& condition : commit.conditions.streams)
        if (auto error = conflict(condition.stream, condition.expected)) return error;
    return std::nullopt;
}

std::optional<AppendError> Sequencer::check(const TagCondition& condition) {
    if (condition.after > last_position_)
        return AppendError{errc::beyond_end, condition.tag, Version{}, last_position_};
    // What is durable by now is in the index; the rest is remembered here. Nothing falls between, for only what is
    // durable is forgotten, and the index is read afterwards.
    forget_durable_tags();
    const auto counts = [&](std::string_view type) {
        return condition.types.empty() || std::ranges::find(condition.types, type) != condition.types.end();
    };
    std::optional<Position> against;
    storage_.scan_tag(condition.tag, next(condition.after),
                      [&](std::string_view, Position position, std::string_view type) {
                          if (counts(type)) against = position;
                          return !against;
                      });
    for (auto recent = recent_tags_.begin(); !against && recent != recent_tags_.end(); ++recent)
        if (recent->position > condition.after && recent->tag == condition.tag && counts(recent->type))
            against = recent->position;
    if (!against) return std::nullopt;
    return AppendError{errc::condition_failed, condition.tag, Version{}, *against};
}

std::optional<AppendError> Sequencer::check(const Commit& commit) {
    if (auto error = check_streams(commit)) return error;
    for (const auto& condition : commit.conditions.tags)
        if (auto error = check(condition)) return error;
    return std::nullopt;
}

std::expected<AcceptedCommit, AppendError> Sequencer::accept(const Commit& commit) {
    if (auto error = malformed(commit)) return std::unexpected(*std::move(error));
    const auto& command_id = commit.metadata.command_id;
    if (!command_id.is_nil()) {
        if (const auto found = find(command_id)) {
            const auto& known = found->known;
            if (known.events == 0) return AcceptedCommit{{Position{0}, Position{0}, true}, found->group};
            return AcceptedCommit{{known.first, Position{known.first.value + known.events - 1}, true}, found->group};
        }
    }
    const auto events = events_of(commit);
    if (has_chosen_ids(commit)) {
        const auto place = find_event_ids(commit);
        if (!place) return std::unexpected(AppendError{errc::event_id_known, place.error().text()});
        if (const auto first = place->position; first > Position{0})
            return AcceptedCommit{{first, Position{first.value + events - 1}, true}, place->group};
    }
    if (auto error = check(commit)) return std::unexpected(*std::move(error));

    const auto before = last_position_;
    ++open_.commits;
    auto rest = static_cast<std::uint16_t>(events);
    for (const auto& append : commit.appends) place(commit, append, rest);
    SILLOK_ASSERT(rest == 0 && last_position_.value == before.value + events);
    const auto known_first = events == 0 ? before : next(before);
    if (!command_id.is_nil()) remember(command_id, {known_first, events, commit.receipt.value_or(std::string{})});
    if (events == 0) return AcceptedCommit{{}, open_.number};
    return AcceptedCommit{{next(before), last_position_, false}, open_.number};
}

// `rest` events of the commit are still to be placed, these among them.
void Sequencer::place(const Commit& commit, const StreamAppend& append, std::uint16_t& rest) {
    auto head = found_[static_cast<std::size_t>(&append - commit.appends.data())];
    if (head.version == Version{0}) {
        head.number = last_stream_ = StreamNumber{last_stream_.value + 1};
        open_.new_streams.push_back({append.stream, head.number});
        if (auto* last = last_name(append.stream); last != nullptr && *last < append.stream) *last = append.stream;
    }
    const bool is_first = &append == commit.appends.data();
    SILLOK_ASSERT(!is_first || append.command_id.is_nil());
    const auto command_id = is_first ? Uuid{} : append.command_id;
    for (const auto& event : append.events) {
        last_position_ = next(last_position_);
        head.version = next(head.version);
        --rest;
        std::array<std::string_view, limits::event_tags_max> tags;
        const auto tags_end = std::ranges::copy(event.tags, tags.begin()).out;
        std::sort(tags.begin(), tags_end);
        const auto id = event.event_id.is_nil() ? derived_event_id(commit.metadata, last_position_) : event.event_id;
        const auto offset = open_.records.size();
        const auto length = record::append_unsealed(open_.records, {.position = last_position_,
                                                                    .version = head.version,
                                                                    .event_id = id,
                                                                    .metadata = commit.metadata,
                                                                    .stream = append.stream,
                                                                    .event = event,
                                                                    .tags = {tags.begin(), tags_end},
                                                                    .commit_rest = rest,
                                                                    .command_id = command_id});
        index(event);
        open_.events.push_back({last_position_, head.number, head.version, offset, length});
    }
    head.group = open_.number;
    if (auto* known = heads_.find(append.stream))
        *known = head;
    else
        heads_.put(append.stream, head, undurable<Head>());
}

void Sequencer::forget_durable_tags() {
    while (!recent_tags_.empty() && recent_tags_.front().group <= durable_group()) recent_tags_.pop_front();
}

// The event at last_position_, where one looks for it by tag or by an id that the caller chose.
void Sequencer::index(const NewEvent& event) {
    if (!event.tags.empty()) forget_durable_tags();
    for (const auto& tag : event.tags) {
        open_.tags.push_back({tag, last_position_, event.type});
        recent_tags_.push_back({open_.number, last_position_, tag, event.type});
    }
    if (event.event_id.is_nil()) return;
    open_.event_ids.push_back({event.event_id, last_position_});
    event_ids_.put(event.event_id, {last_position_, open_.number}, undurable<EventIdPlace>());
}

void Sequencer::remember(const Uuid& command_id, KnownCommand known) {
    open_.commands.push_back({command_id, known});
    commands_.put(command_id, {std::move(known), open_.number}, undurable<Command>());
}

bool Sequencer::replace_receipt(const Uuid& command_id, std::string receipt) {
    auto known = find_command(command_id);
    if (!known) return false;
    known->receipt = std::move(receipt);
    ++open_.commits;
    remember(command_id, *std::move(known));
    return true;
}

OpenGroup Sequencer::take_open() {
    OpenGroup taken = std::move(open_);
    open_ = OpenGroup{};
    open_.number = taken.number + 1;
    // A group is likely to be as large as the one before.
    open_.records.reserve(taken.records.size());
    open_.events.reserve(taken.events.size());
    return taken;
}

}  // namespace sillok
