#include "eventstore/writer/sequencer.hpp"

#include "eventstore/writer/commit_check.hpp"

namespace sillok {

namespace {

Placement at_the_end_of(const LogStorage& storage) {
    const auto head = storage.head();
    return {head.position, head.last_stream, head.time};
}

}  // namespace

Sequencer::Sequencer(const LogStorage& storage, std::size_t heads_max, std::size_t commands_max)
    : accepted_(storage, heads_max, commands_max), placement_(at_the_end_of(storage)) {
    open_.number = GroupNumber{1};
}

std::expected<AcceptedCommit, AppendError> Sequencer::accept(const Commit& commit) {
    if (auto error = malformed(commit)) return std::unexpected(*std::move(error));
    const auto repeated = find_repeated(commit, accepted_);
    if (!repeated) return std::unexpected(repeated.error());
    if (*repeated) return **repeated;
    if (auto error = find_violation(commit, placement_.last_position(), accepted_, streams_))
        return std::unexpected(*std::move(error));

    const auto tags_before = open_.tags.size();
    const auto event_ids_before = open_.event_ids.size();
    const auto appended = placement_.place(commit, streams_, open_);

    for (std::size_t i = 0; i < streams_.size(); ++i) accepted_.put_stream(commit.appends[i].stream, streams_[i]);
    for (auto i = tags_before; i < open_.tags.size(); ++i) accepted_.put_tag(open_.tags[i], open_.number);
    for (auto i = event_ids_before; i < open_.event_ids.size(); ++i)
        accepted_.put_event_id(open_.event_ids[i].id, open_.event_ids[i].position, open_.number);
    if (!commit.metadata.command_id.is_nil())
        accepted_.put_command(commit.metadata.command_id, open_.commands.back().known, open_.number);
    return AcceptedCommit{appended, open_.number};
}

std::optional<KnownCommand> Sequencer::find_command(const Uuid& command_id) {
    auto found = accepted_.find_command(command_id);
    if (!found) return std::nullopt;
    return std::move(found->known);
}

bool Sequencer::replace_receipt(const Uuid& command_id, std::string receipt) {
    auto found = accepted_.find_command(command_id);
    if (!found) return false;
    found->known.receipt = std::move(receipt);
    ++open_.commits;
    open_.commands.push_back({command_id, found->known});
    accepted_.put_command(command_id, std::move(found->known), open_.number);
    return true;
}

OpenGroup Sequencer::take_open() {
    OpenGroup taken = std::move(open_);
    open_ = OpenGroup{};
    open_.number = next(taken.number);
    // A group is likely to be as large as the one before.
    open_.records.reserve(taken.records.size());
    open_.events.reserve(taken.events.size());
    return taken;
}

}  // namespace sillok
