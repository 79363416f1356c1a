#include "eventstore/writer/group_writer.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/thread_name.hpp"

#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

namespace sillok {

namespace {

// What storage writes of a sealed group.
CommitGroup to_commit_group(OpenGroup& group, const SealedGroup& sealed) {
    CommitGroup written;
    written.entries.reserve(group.events.size());
    for (const auto& placed : group.events)
        written.entries.push_back({placed.position, placed.stream, placed.version,
                                   std::string_view{sealed.records}.substr(placed.offset, placed.length)});
    written.new_streams = std::move(group.new_streams);
    written.commands = std::move(group.commands);
    written.tags = std::move(group.tags);
    written.event_ids = std::move(group.event_ids);
    written.tree_nodes = sealed.tree_nodes;
    written.snapshots = std::move(group.snapshots);
    return written;
}

// Refusals that other commits are the reason for.
bool depends_on_the_log(errc code) {
    return code == errc::version_conflict || code == errc::condition_failed || code == errc::event_id_known;
}

}  // namespace

GroupWriter::GroupWriter(LogStorage& storage, const EventStoreOptions& options)
    : storage_(storage),
      options_(options),
      sequencer_(storage, options.heads_max, options.commands_max),
      sealer_(storage, options.hashing ? Sealer::Hashing::on : Sealer::Hashing::off),
      recent_(options.recent_bytes_max),
      durable_position_(storage.head().position) {
    if (options.writer == EventStoreOptions::Writer::own_thread) thread_ = std::thread{[this] { run(); }};
}

GroupWriter::~GroupWriter() {
    close();
    if (thread_.joinable()) thread_.join();
}

GroupWriter::Submitted GroupWriter::submit(const Commit& commit) {
    const MutexLock lock{mutex_};
    if (!is_accepting()) return {std::unexpected(AppendError{why_not(), {}})};
    const auto& open = sequencer_.open();
    if (open.records.size() + writing_bytes_ > options_.waiting_bytes_max)
        return {std::unexpected(AppendError{errc::overloaded, {}})};
    const bool was_empty = open.empty();
    const auto accepted = accept(commit);
    if (accepted) {
        if (is_enough(open)) work_.notify_one();
        return {accepted->appended, accepted->group};
    }
    if (!depends_on_the_log(accepted.error().code)) return {std::unexpected(accepted.error())};
    const GroupNumber last_accepted{open.number.value - (was_empty ? 1 : 0)};
    return {std::unexpected(accepted.error()), last_accepted};
}

std::expected<AcceptedCommit, AppendError> GroupWriter::accept(const Commit& commit) {
    try {
        return sequencer_.accept(commit);
    } catch (const StorageError& error) {
        stop_for_good(error.what());
        return std::unexpected(AppendError{errc::log_unavailable, {}});
    }
}

bool GroupWriter::is_enough(const OpenGroup& open) const {
    return open.commits >= enough_commits_ || open.records.size() >= GroupCommitPolicy::enough_bytes;
}

std::expected<GroupNumber, errc> GroupWriter::replace_receipt(const Uuid& command_id, std::string receipt) {
    const MutexLock lock{mutex_};
    if (!is_accepting()) return std::unexpected(why_not());
    const bool was_known = sequencer_.replace_receipt(command_id, std::move(receipt));
    SILLOK_ASSERT(was_known);
    work_.notify_one();
    return sequencer_.open().number;
}

void GroupWriter::keep(StoredSnapshot snapshot) {
    const MutexLock lock{mutex_};
    sequencer_.keep(std::move(snapshot));
}

bool GroupWriter::is_new(std::string_view stream) {
    const MutexLock lock{mutex_};
    return sequencer_.is_new(stream);
}

std::optional<KnownCommand> GroupWriter::find_command(const Uuid& command_id) {
    const MutexLock lock{mutex_};
    return sequencer_.find_command(command_id);
}

bool GroupWriter::is_waiting() {
    const MutexLock lock{mutex_};
    return phase_ != Phase::failed && !sequencer_.open().empty();
}

void GroupWriter::close() {
    const MutexLock lock{mutex_};
    if (phase_ == Phase::accepting) phase_ = Phase::closing;
    work_.notify_one();
}

void GroupWriter::fail(std::string why) {
    const MutexLock lock{mutex_};
    stop_for_good(std::move(why));
}

void GroupWriter::stop_for_good(std::string why) {
    if (phase_ == Phase::failed) return;
    failure_ = std::move(why);
    phase_ = Phase::failed;
    work_.notify_one();
}

std::optional<std::string> GroupWriter::failure() {
    const MutexLock lock{mutex_};
    if (phase_ != Phase::failed) return std::nullopt;
    return failure_;
}

// The own thread: the commits that arrived while one group was being synced are the next group.
void GroupWriter::run() {
    name_this_thread("log writer");
    try {
        while (auto group = next_group())
            if (const auto done = make_durable(*group); !done) fail(done.error());
        save_last_snapshots();
    } catch (const std::exception& error) {  // no memory, OpenSSL: as bad as a failed disk
        fail(error.what());
    }
    end_waits();
}

// Waits for something to write. Returns nothing when the log has failed, or was closed and everything is written.
std::optional<OpenGroup> GroupWriter::next_group() {
    MutexLock lock{mutex_};
    const auto& open = sequencer_.open();
    const auto waiting = open.commits;
    const auto linger = policy_.linger(waiting);
    enough_commits_ = 1;
    work_.wait(lock, [&] { return !is_accepting() || !open.empty(); });
    enough_commits_ = linger.commits;
    work_.wait_for(lock, linger.at_most, [&]() SILLOK_REQUIRES(mutex_) { return !is_accepting() || is_enough(open); });
    if (phase_ == Phase::failed || open.empty()) return std::nullopt;
    policy_.gathered(waiting, open.commits);
    auto group = sequencer_.take_open();
    writing_bytes_ = group.records.size();
    return group;
}

bool GroupWriter::write_waiting() {
    OpenGroup group;
    {
        const MutexLock lock{mutex_};
        if (phase_ == Phase::failed || sequencer_.open().empty()) return false;
        group = sequencer_.take_open();
    }
    try {
        const auto done = make_durable(group);
        if (done) return true;
        fail(done.error());
    } catch (const std::exception& error) {
        fail(error.what());
    }
    end_waits();
    return false;
}

// The fsync happens in LogStorage::write. After it the group counts: first for new commits, then for readers.
std::expected<void, std::string> GroupWriter::make_durable(OpenGroup& group) {
    auto sealed = sealer_.seal(group);
    const auto commit_group = to_commit_group(group, *sealed);
    const auto begin = std::chrono::steady_clock::now();
    if (auto done = storage_.write(commit_group); !done) return done;
    policy_.written(group.commits, std::chrono::steady_clock::now() - begin);

    note_durable(group.number);
    writing_bytes_ = 0;  // before any wait ends: a client that was refused as overloaded may try again at once
    if (!sealed->events.empty()) {
        const auto last = sealed->events.back().position;
        recent_.push(std::move(sealed));
        durable_position_.advance(last);
    }
    durable_group_.advance(group.number);
    return {};
}

// Unchecked, because the sequencer's durable group is atomic and needs no lock.
void GroupWriter::note_durable(GroupNumber group) SILLOK_UNCHECKED { sequencer_.durable_up_to(group); }

// Snapshots that no group was written after.
void GroupWriter::save_last_snapshots() {
    if (phase_ == Phase::failed) return;
    OpenGroup last;
    {
        const MutexLock lock{mutex_};
        last = sequencer_.take_open();
    }
    for (const auto& [stream, snapshot] : last.snapshots)
        if (const auto done = storage_.put_snapshot(stream, snapshot); !done) return fail(done.error());
}

void GroupWriter::end_waits() {
    durable_position_.close();
    durable_group_.close();
}

}  // namespace sillok
