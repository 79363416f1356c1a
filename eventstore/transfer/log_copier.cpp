#include "eventstore/transfer/log_copier.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/random.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/record.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sillok {

namespace {

// Large enough to make syncs cheap, small enough for memory.
constexpr std::size_t group_bytes = 4u << 20;
constexpr std::size_t group_commands = 10'000;

}  // namespace

std::expected<void, std::string> LogCopier::add(std::string_view record, std::string receipt) {
    const auto event = record::read(next(position_), record);
    if (!event) return std::unexpected(event.error().what);
    if (auto checked = check(*event, record); !checked) return checked;
    place(*event, record);
    if (commit_rest_ > 0) return {};
    if (!commit_command_.is_nil()) {
        const auto events = static_cast<std::uint32_t>(position_.value - commit_first_.value + 1);
        group_.commands.push_back({commit_command_, {commit_first_, events, std::move(receipt)}});
        new_ids_.insert(commit_command_);
    }
    return records_.size() >= group_bytes ? write() : std::expected<void, std::string>{};
}

std::expected<void, std::string> LogCopier::add(const Uuid& command_id, const KnownCommand& known) {
    SILLOK_ASSERT(known.events == 0 && commit_rest_ == 0);
    group_.commands.push_back({command_id, known});
    return group_.commands.size() >= group_commands ? write() : std::expected<void, std::string>{};
}

std::expected<void, std::string> LogCopier::check(const Recorded& event, std::string_view record) {
    if (record::chain_hash(chain_, record, sha256_) != event.chain_hash)
        return std::unexpected("the hash chain breaks: this event or the one before is not the original");
    const auto stream = streams_.find(std::string{event.stream});
    const auto before = stream == streams_.end() ? Version{0} : stream->second.version;
    if (event.version != next(before))
        return std::unexpected("version " + std::to_string(event.version.value) + " of stream " +
                               std::string{event.stream} + " follows " + std::to_string(before.value));
    if (commit_rest_ > 0 && event.commit_rest != commit_rest_ - 1)
        return std::unexpected("the commit before is not whole");
    if (is_known(event)) return std::unexpected("its command or its event id has been in the log before");
    return {};
}

bool LogCopier::is_known(const Recorded& event) const {
    const bool begins_commit = commit_rest_ == 0;
    if (begins_commit && !event.command_id.is_nil() &&
        (new_ids_.contains(event.command_id) || to_.find_command(event.command_id)))
        return true;
    return event.id_was_chosen && (new_ids_.contains(event.event_id) || to_.find_event_id(event.event_id));
}

void LogCopier::place(const Recorded& event, std::string_view record) {
    if (commit_rest_ == 0) {
        commit_first_ = event.position;
        commit_command_ = event.command_id;
    }
    commit_rest_ = event.commit_rest;
    position_ = event.position;
    chain_ = event.chain_hash;

    auto [stream, is_new] = streams_.try_emplace(std::string{event.stream});
    if (is_new) {
        stream->second.number = StreamNumber{streams_.size()};
        group_.new_streams.push_back({stream->first, stream->second.number});
    }
    stream->second.version = event.version;
    group_.entries.push_back({event.position, stream->second.number, event.version, {}});
    records_ += record;
    lengths_.push_back(record.size());
    for (const auto tag : event.tags)
        group_.tags.push_back({std::string{tag}, event.position, std::string{event.type}});
    if (event.id_was_chosen) {
        group_.event_ids.push_back({event.event_id, event.position});
        new_ids_.insert(event.event_id);
    }
    frontier_.add(merkle::leaf_hash(bytes_of(chain_), sha256_), sha256_, [&](const TreeNode& node) {
        if (is_stored(node)) group_.tree_nodes.push_back(node);
    });
}

std::expected<void, std::string> LogCopier::write() {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
        group_.entries[i].record = std::string_view{records_}.substr(offset, lengths_[i]);
        offset += lengths_[i];
    }
    auto written = to_.write(group_);
    group_ = {};
    records_.clear();
    lengths_.clear();
    new_ids_.clear();
    return written;
}

std::expected<void, std::string> LogCopier::finish() {
    if (commit_rest_ > 0) return std::unexpected("the last commit is not whole");
    if (group_.entries.empty() && group_.commands.empty()) return {};
    return write();
}

bool goes_before(const Recorded& first, const Until& until) {
    if (const auto* position = std::get_if<Position>(&until))
        return first.position.value + first.commit_rest <= position->value;
    return first.time <= std::get<Timestamp>(until);
}

namespace {

// Copies the events; the copier's position is then where they end. Returns where the first commit ends that is left
// out.
std::expected<Position, std::string> copy_events(const LogStorage& from, LogCopier& copier, const Until& until,
                                                 const std::function<void(Position)>& progress) {
    std::expected<void, std::string> result;
    Position left_out_to;
    std::uint16_t rest = 0;
    Uuid command;  // of the commit
    from.scan_log(Position{1}, [&](Position position, std::string_view record) {
        const auto event = record::read(position, record);
        if (event && rest == 0 && !goes_before(*event, until)) {
            left_out_to = Position{position.value + event->commit_rest};
            return false;
        }
        std::string receipt;
        if (event) {
            if (rest == 0) command = event->command_id;
            rest = event->commit_rest;
            if (rest == 0 && !command.is_nil())
                if (auto known = from.find_command(command)) receipt = std::move(known->receipt);
            result = copier.add(record, std::move(receipt));
        } else {
            result = std::unexpected(event.error().what);
        }
        if (!result) result = std::unexpected("position " + std::to_string(position.value) + ": " + result.error());
        if (progress && position.value % 65'536 == 0) progress(position);
        return result.has_value();
    });
    if (!result) return std::unexpected(result.error());
    return left_out_to;
}

std::expected<void, std::string> copy_checkpoints(const LogStorage& from, LogStorage& to, Position end) {
    std::expected<void, std::string> result;
    from.scan_checkpoints([&](std::string_view name, ReaderCheckpoint checkpoint) {
        checkpoint.seen = std::min(checkpoint.seen, end);
        std::erase_if(checkpoint.open, [end](Position open) { return open > end; });
        result = to.put_checkpoint(name, checkpoint);
        return result.has_value();
    });
    return result;
}

}  // namespace

std::expected<Copied, std::string> copy_log(const LogStorage& from, LogStorage& to, const Until& until,
                                            const std::function<void(Position)>& progress) {
    LogCopier copier{to};
    const auto left_out_to = copy_events(from, copier, until, progress);
    if (!left_out_to) return std::unexpected(left_out_to.error());
    std::expected<void, std::string> remembered;
    from.scan_commands([&](const Uuid& id, const KnownCommand& known) {
        if (known.events == 0 && known.first <= copier.position()) remembered = copier.add(id, known);
        return remembered.has_value();
    });
    if (!remembered) return std::unexpected(remembered.error());
    if (auto finished = copier.finish(); !finished) return std::unexpected(finished.error());
    if (auto kept = copy_checkpoints(from, to, copier.position()); !kept) return std::unexpected(kept.error());
    return Copied{copier.position(), copier.chain_hash(), *left_out_to};
}

std::expected<void, std::string> begin_epoch(LogStorage& copy, LogIdentity original) {
    original.begin_epoch(copy.head().position, random_bits());
    return copy.set_identity(original);
}

}  // namespace sillok
