#include "eventstore/sequencer.hpp"

#include "eventstore/record.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace sillok {

namespace {

using Alphabet = std::array<bool, 256>;

constexpr Alphabet letters_digits_and(std::string_view more) {
    Alphabet alphabet{};
    for (char c = 'a'; c <= 'z'; ++c) alphabet[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c) alphabet[static_cast<unsigned char>(c)] = true;
    for (char c = '0'; c <= '9'; ++c) alphabet[static_cast<unsigned char>(c)] = true;
    for (const char c : more) alphabet[static_cast<unsigned char>(c)] = true;
    return alphabet;
}

constexpr Alphabet stream_alphabet = letters_digits_and("._~@%-");
constexpr Alphabet type_alphabet = letters_digits_and("._-");

bool is_name(std::string_view name, const Alphabet& alphabet) {
    return !name.empty() && name.size() <= limits::name_bytes_max &&
           std::ranges::all_of(name, [&](char c) { return alphabet[static_cast<unsigned char>(c)]; });
}

// What is wrong with a commit by itself, whatever the log holds.
std::optional<AppendError> malformed(const Commit& commit) {
    std::size_t bytes = commit.receipt ? commit.receipt->size() : 0;
    std::size_t events = 0;
    if (commit.metadata.actor.size() > limits::name_bytes_max)
        return AppendError{errc::actor_invalid, commit.metadata.actor};
    for (const auto& append : commit.appends) {
        if (!is_name(append.stream, stream_alphabet)) return AppendError{errc::stream_name_invalid, append.stream};
        if (append.events.empty()) return AppendError{errc::commit_empty, append.stream};
        for (const auto& event : append.events) {
            if (!is_name(event.type, type_alphabet)) return AppendError{errc::event_type_invalid, event.type};
            if (event.payload.size() > limits::event_bytes_max) return AppendError{errc::event_too_large, event.type};
            bytes += event.payload.size();
        }
        events += append.events.size();
    }
    if (events == 0 && !(commit.receipt && !commit.metadata.command_id.is_nil()))
        return AppendError{errc::commit_empty, {}};
    if (bytes > limits::commit_bytes_max || events > limits::commit_events_max)
        return AppendError{errc::commit_too_large, {}};
    // Commits touch one or two streams; those that touch many are sorted instead of compared each with each.
    std::vector<std::string_view> names;
    names.reserve(commit.appends.size());
    for (const auto& append : commit.appends) names.push_back(append.stream);
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
        return AppendError{errc::stream_repeated, std::string{*twice}};
    return std::nullopt;
}

Version expected_version(const Expected& expected) {
    const auto* version = std::get_if<Version>(&expected);
    return version ? *version : Version{0};
}

// A well-mixed number for every number: splitmix64's finisher (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t number) {
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
    return number ^ (number >> 31);
}

// Follows from commit and position, so that every node that accepts a commit gives it the same ids.
Uuid event_id(const Metadata& metadata, Position position) {
    const auto seed = std::hash<Uuid>{}(metadata.command_id);
    return uuid_v7(metadata.time.value, mixed(seed), mixed(seed ^ mixed(position.value)));
}

}  // namespace

Sequencer::Sequencer(const LogStorage& storage, std::size_t heads_max, std::size_t commands_max)
    : storage_(storage), heads_(heads_max), commands_(commands_max) {
    const auto head = storage.head();
    last_position_ = head.position;
    last_stream_ = head.last_stream;
    open_.number = 1;
}

std::optional<Sequencer::Head> Sequencer::find_head(std::string_view stream) {
    if (const auto* head = heads_.find(stream)) return *head;
    const auto stored = storage_.find_stream(stream);
    if (!stored) return std::nullopt;
    return heads_.put(std::string{stream}, Head{stored->number, stored->version, 0}, undurable<Head>());
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

std::optional<AppendError> Sequencer::check(const Commit& commit) {
    found_.clear();
    for (const auto& append : commit.appends) {
        const auto head = find_head(append.stream).value_or(Head{});
        const bool must_be_absent = std::holds_alternative<NoStream>(append.expected);
        const bool as_expected =
            must_be_absent ? head.version == Version{0} : head.version == expected_version(append.expected);
        if (!as_expected || (!must_be_absent && head.version == Version{0}))
            return AppendError{errc::version_conflict, append.stream, head.version};
        found_.push_back(head);
    }
    return std::nullopt;
}

std::expected<AcceptedCommit, AppendError> Sequencer::accept(const Commit& commit) {
    if (auto error = malformed(commit)) return std::unexpected(*std::move(error));
    const auto& command_id = commit.metadata.command_id;
    if (!command_id.is_nil()) {
        if (const auto found = find(command_id)) {
            const auto& known = found->known;
            const auto last = known.events == 0 ? Position{0} : Position{known.first.value + known.events - 1};
            return AcceptedCommit{{known.first, last, true}, found->group};
        }
    }
    if (auto error = check(commit)) return std::unexpected(*std::move(error));

    const auto before = last_position_;
    for (const auto& append : commit.appends) place(commit, append);
    const auto events = static_cast<std::uint32_t>(last_position_.value - before.value);
    const auto first = events == 0 ? Position{0} : next(before);
    if (!command_id.is_nil()) remember(command_id, {first, events, commit.receipt.value_or(std::string{})});
    return AcceptedCommit{{first, events == 0 ? Position{0} : last_position_, false}, open_.number};
}

void Sequencer::place(const Commit& commit, const StreamAppend& append) {
    auto head = found_[static_cast<std::size_t>(&append - commit.appends.data())];
    if (head.version == Version{0}) {
        head.number = last_stream_ = StreamNumber{last_stream_.value + 1};
        open_.new_streams.push_back({append.stream, head.number});
    }
    for (const auto& event : append.events) {
        last_position_ = next(last_position_);
        head.version = next(head.version);
        const auto offset = open_.records.size();
        const auto length = record::append_unsealed(
            open_.records, {last_position_, head.version, event_id(commit.metadata, last_position_), commit.metadata,
                            append.stream, event.type, event.schema_version, event.payload});
        open_.events.push_back({last_position_, head.number, head.version, offset, length});
    }
    head.group = open_.number;
    if (auto* known = heads_.find(append.stream))
        *known = head;
    else
        heads_.put(append.stream, head, undurable<Head>());
}

void Sequencer::remember(const Uuid& command_id, KnownCommand known) {
    open_.commands.push_back({command_id, known});
    commands_.put(command_id, {std::move(known), open_.number}, undurable<Command>());
}

bool Sequencer::replace_receipt(const Uuid& command_id, std::string receipt) {
    auto known = find_command(command_id);
    if (!known) return false;
    known->receipt = std::move(receipt);
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

std::shared_ptr<const SealedGroup> seal(OpenGroup& group, Hash& chain, Sha256& sha256) {
    auto sealed = std::make_shared<SealedGroup>();
    sealed->records = std::move(group.records);
    sealed->events.reserve(group.events.size());
    for (const auto& placed : group.events) {
        char* bytes = sealed->records.data() + placed.offset;
        chain = record::seal(bytes, placed.length, chain, sha256);
        sealed->events.push_back(record::view_sealed({bytes, placed.length}));
    }
    return sealed;
}

}  // namespace sillok
