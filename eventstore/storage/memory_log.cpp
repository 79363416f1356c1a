#include "eventstore/storage/memory_log.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/record.hpp"

namespace sillok {

MemoryLog::MemoryLog() : MemoryLog({.log_id = SystemClock{}.new_id()}) {}
MemoryLog::MemoryLog(LogIdentity identity) : identity_(std::move(identity)) {}

LogIdentity MemoryLog::identity() const {
    const ReaderLock lock{mutex_};
    return identity_;
}

std::expected<void, std::string> MemoryLog::set_identity(const LogIdentity& identity) {
    const WriterLock lock{mutex_};
    identity_ = identity;
    return {};
}

LogHead MemoryLog::head() const {
    const ReaderLock lock{mutex_};
    LogHead head;
    head.position = Position{records_.size()};
    if (!records_.empty()) {
        const auto last = record::view_sealed(records_.back());
        head.chain_hash = last.chain_hash;
        head.time = last.time;
    }
    if (!versions_.empty()) head.last_stream = versions_.rbegin()->first;
    head.groups = groups_;
    return head;
}

std::expected<void, std::string> MemoryLog::write(const CommitGroup& group) {
    const WriterLock lock{mutex_};
    for (const auto& stream : group.new_streams) streams_.emplace(stream.name, stream.number);
    for (const auto& entry : group.entries) {
        auto& versions = versions_[entry.stream];
        SILLOK_ASSERT(entry.position.value == records_.size() + 1 && entry.version.value == versions.size() + 1);
        records_.emplace_back(entry.record);
        versions.push_back(entry.position);
    }
    for (const auto& command : group.commands) commands_.insert_or_assign(command.id, command.known);
    for (const auto& tag : group.tags) tags_.emplace(std::pair{tag.tag, tag.position}, tag.type);
    for (const auto& [id, position] : group.event_ids) event_ids_.emplace(id, position);
    for (const auto& node : group.tree_nodes) tree_.insert_or_assign({node.level, node.index}, node.hash);
    for (const auto& [stream, snapshot] : group.snapshots) snapshots_.insert_or_assign(stream, snapshot);
    ++groups_;
    return {};
}

StreamHead MemoryLog::head_of(StreamNumber stream) const {
    const auto versions = versions_.find(stream);
    return {stream, Version{versions == versions_.end() ? 0 : versions->second.size()}};
}

std::optional<StreamHead> MemoryLog::find_stream(std::string_view name) const {
    const ReaderLock lock{mutex_};
    const auto found = streams_.find(name);
    if (found == streams_.end()) return std::nullopt;
    return head_of(found->second);
}

std::optional<KnownCommand> MemoryLog::find_command(const Uuid& id) const {
    const ReaderLock lock{mutex_};
    const auto found = commands_.find(id);
    if (found == commands_.end()) return std::nullopt;
    return found->second;
}

std::optional<Position> MemoryLog::find_event_id(const Uuid& id) const {
    const ReaderLock lock{mutex_};
    const auto found = event_ids_.find(id);
    if (found == event_ids_.end()) return std::nullopt;
    return found->second;
}

void MemoryLog::scan_log(Position from, const Visit& visit) const {
    const ReaderLock lock{mutex_};
    for (auto at = std::max<std::uint64_t>(from.value, 1); at <= records_.size(); ++at)
        if (!visit(Position{at}, records_[at - 1])) return;
}

void MemoryLog::scan_log_back(Position from, const Visit& visit) const {
    const ReaderLock lock{mutex_};
    for (auto at = std::min<std::uint64_t>(from.value, records_.size()); at > 0; --at)
        if (!visit(Position{at}, records_[at - 1])) return;
}

void MemoryLog::scan_stream(StreamNumber stream, Version from, const Visit& visit) const {
    const ReaderLock lock{mutex_};
    const auto versions = versions_.find(stream);
    if (versions == versions_.end()) return;
    for (auto at = std::max<std::uint64_t>(from.value, 1); at <= versions->second.size(); ++at) {
        const auto position = versions->second[at - 1];
        if (!visit(position, records_[position.value - 1])) return;
    }
}

void MemoryLog::scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const {
    const ReaderLock lock{mutex_};
    const auto versions = versions_.find(stream);
    if (versions == versions_.end()) return;
    for (auto at = std::min<std::uint64_t>(from.value, versions->second.size()); at > 0; --at) {
        const auto position = versions->second[at - 1];
        if (!visit(position, records_[position.value - 1])) return;
    }
}

std::optional<std::string> MemoryLog::last_stream(std::string_view prefix) const {
    const ReaderLock lock{mutex_};
    const auto beyond = streams_.upper_bound(std::string{prefix} + '\x7f');  // names are of printable characters
    if (beyond == streams_.begin() || !std::prev(beyond)->first.starts_with(prefix)) return std::nullopt;
    return std::prev(beyond)->first;
}

void MemoryLog::scan_streams(std::string_view prefix,
                             const std::function<bool(std::string_view, StreamHead)>& visit) const {
    const ReaderLock lock{mutex_};
    for (auto it = streams_.lower_bound(prefix); it != streams_.end() && it->first.starts_with(prefix); ++it)
        if (!visit(it->first, head_of(it->second))) return;
}

void MemoryLog::scan_index(const std::function<bool(StreamNumber, Version, Position)>& visit) const {
    const ReaderLock lock{mutex_};
    for (const auto& [stream, versions] : versions_)
        for (std::size_t i = 0; i < versions.size(); ++i)
            if (!visit(stream, Version{i + 1}, versions[i])) return;
}

void MemoryLog::scan_commands(const std::function<bool(const Uuid&, const KnownCommand&)>& visit) const {
    const ReaderLock lock{mutex_};
    for (const auto& [id, known] : commands_)
        if (!visit(id, known)) return;
}

void MemoryLog::scan_tag(std::string_view tag, Position from, const VisitTag& visit) const {
    const ReaderLock lock{mutex_};
    for (auto it = tags_.lower_bound({std::string{tag}, from}); it != tags_.end() && it->first.first == tag; ++it)
        if (!visit(tag, it->first.second, it->second)) return;
}

void MemoryLog::scan_tags(const VisitTag& visit) const {
    const ReaderLock lock{mutex_};
    for (const auto& [key, type] : tags_)
        if (!visit(key.first, key.second, type)) return;
}

void MemoryLog::scan_event_ids(const std::function<bool(const Uuid&, Position)>& visit) const {
    const ReaderLock lock{mutex_};
    for (const auto& [id, position] : event_ids_)
        if (!visit(id, position)) return;
}

std::optional<Hash> MemoryLog::find_tree_node(unsigned level, std::uint64_t index) const {
    const ReaderLock lock{mutex_};
    const auto found = tree_.find({level, index});
    if (found == tree_.end()) return std::nullopt;
    return found->second;
}

void MemoryLog::scan_tree(const std::function<bool(const TreeNode&)>& visit) const {
    const ReaderLock lock{mutex_};
    for (const auto& [place, hash] : tree_)
        if (!visit({place.first, place.second, hash})) return;
}

std::expected<void, std::string> MemoryLog::put_snapshot(std::string_view stream, const Snapshot& snapshot) {
    const WriterLock lock{mutex_};
    snapshots_.insert_or_assign(std::string{stream}, snapshot);
    return {};
}

std::optional<Snapshot> MemoryLog::get_snapshot(std::string_view stream) const {
    const ReaderLock lock{mutex_};
    const auto found = snapshots_.find(stream);
    if (found == snapshots_.end()) return std::nullopt;
    return found->second;
}

std::expected<void, std::string> MemoryLog::delete_snapshot(std::string_view stream) {
    const WriterLock lock{mutex_};
    if (const auto found = snapshots_.find(stream); found != snapshots_.end()) snapshots_.erase(found);
    return {};
}

void MemoryLog::scan_snapshots(const std::function<bool(const StoredSnapshot&)>& visit) const {
    const ReaderLock lock{mutex_};
    for (const auto& [stream, snapshot] : snapshots_)
        if (!visit({stream, snapshot})) return;
}

std::expected<void, std::string> MemoryLog::put_checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint) {
    const WriterLock lock{mutex_};
    checkpoints_.insert_or_assign(std::string{name}, checkpoint);
    return {};
}

std::optional<ReaderCheckpoint> MemoryLog::get_checkpoint(std::string_view name) const {
    const ReaderLock lock{mutex_};
    const auto found = checkpoints_.find(name);
    if (found == checkpoints_.end()) return std::nullopt;
    return found->second;
}

void MemoryLog::scan_checkpoints(
    const std::function<bool(std::string_view name, const ReaderCheckpoint&)>& visit) const {
    const ReaderLock lock{mutex_};
    for (const auto& [name, checkpoint] : checkpoints_)
        if (!visit(name, checkpoint)) return;
}

}  // namespace sillok
