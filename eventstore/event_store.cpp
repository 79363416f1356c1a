#include "eventstore/event_store.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/limits.hpp"
#include "eventstore/storage/record.hpp"
#include "eventstore/subscription.hpp"
#include "eventstore/writer/group_writer.hpp"

#include <span>
#include <utility>
#include <vector>

namespace sillok {

namespace {

constexpr std::size_t read_bytes_max = 8u << 20;

// Records copied out of storage, and the views into them.
struct ReadEvents {
    std::string records;
    std::vector<Recorded> events;
};

// Runs a scan of storage and keeps up to `limit` events of it.
template <class Scan>
EventBatch collect(std::size_t limit, Scan&& scan) {
    struct Extent {
        Position position;
        std::size_t offset, length;
    };
    if (limit == 0) return {};
    auto read = std::make_shared<ReadEvents>();
    std::vector<Extent> extents;
    scan([&](Position position, std::string_view bytes) {
        extents.push_back({position, read->records.size(), bytes.size()});
        read->records += bytes;
        return extents.size() < limit && read->records.size() < read_bytes_max;
    });
    read->events.reserve(extents.size());
    for (const auto& [position, offset, length] : extents) {
        const auto event = record::read(position, std::string_view{read->records}.substr(offset, length));
        if (!event) throw StorageError("position " + std::to_string(position.value) + ": " + event.error().what);
        read->events.push_back(*event);
    }
    const std::span<const Recorded> events{read->events};
    return EventBatch{std::move(read), events};
}

}  // namespace

EventStore::EventStore(std::shared_ptr<LogStorage> storage, EventStoreOptions options)
    : storage_(std::move(storage)),
      identity_(storage_->identity()),
      writer_(std::make_unique<GroupWriter>(*storage_, options)) {}
EventStore::~EventStore() = default;

bool EventStore::write_waiting() { return writer_->write_waiting(); }
bool EventStore::is_waiting() const { return writer_->is_waiting(); }
void EventStore::close() { writer_->close(); }

std::expected<Appended, AppendError> EventStore::propose(const Commit& commit) {
    return writer_->submit(commit).result;
}

asio::awaitable<std::expected<void, errc>> EventStore::durable(Position position) {
    const bool reached = co_await writer_->durable_position().reached(position);
    if (reached) co_return std::expected<void, errc>{};
    co_return std::unexpected(writer_->why_not());
}

std::expected<void, errc> EventStore::wait_durable(Position position) {
    if (writer_->wait(writer_->durable_position(), position)) return {};
    return std::unexpected(writer_->why_not());
}

asio::awaitable<std::expected<Appended, AppendError>> EventStore::append(Commit commit) {
    const auto submitted = writer_->submit(commit);
    const bool written = co_await writer_->durable_group().reached(submitted.group);
    if (!written) co_return std::unexpected(AppendError{writer_->why_not(), {}});
    co_return submitted.result;
}

std::expected<Appended, AppendError> EventStore::append_and_wait(const Commit& commit) {
    auto submitted = writer_->submit(commit);
    const bool written = writer_->wait(writer_->durable_group(), submitted.group);
    if (!written) return std::unexpected(AppendError{writer_->why_not(), {}});
    return std::move(submitted.result);
}

asio::awaitable<std::expected<void, errc>> EventStore::replace_receipt(Uuid command_id, std::string receipt) {
    const auto group = writer_->replace_receipt(command_id, std::move(receipt));
    if (!group) co_return std::unexpected(group.error());
    const bool written = co_await writer_->durable_group().reached(*group);
    if (written) co_return std::expected<void, errc>{};
    co_return std::unexpected(writer_->why_not());
}

Position EventStore::head() const { return writer_->durable_position().value(); }
const Watermark<Position>& EventStore::durable_mark() const { return writer_->durable_position(); }
bool EventStore::accepting() const { return writer_->is_accepting(); }
std::optional<std::string> EventStore::failure() const { return writer_->failure(); }

EventBatch EventStore::read_stream(std::string_view stream, Version from, std::size_t limit) const {
    const auto head = storage_->find_stream(stream);
    if (!head) return {};
    return collect(limit, [&](const LogStorage::Visit& visit) { storage_->scan_stream(head->number, from, visit); });
}

EventBatch EventStore::read_stream_back(std::string_view stream, Version from, std::size_t limit) const {
    const auto head = storage_->find_stream(stream);
    if (!head) return {};
    return collect(limit,
                   [&](const LogStorage::Visit& visit) { storage_->scan_stream_back(head->number, from, visit); });
}

EventBatch EventStore::read_log(Position after, std::size_t limit) const {
    return collect(limit, [&](const LogStorage::Visit& visit) { storage_->scan_log(next(after), visit); });
}

EventBatch EventStore::read_recent(Position after, std::size_t limit) const {
    auto recent = writer_->recent_events().after(after, limit);
    return recent ? *std::move(recent) : read_log(after, limit);
}

EventBatch EventStore::read_log_back(Position from, std::size_t limit) const {
    return collect(limit, [&](const LogStorage::Visit& visit) { storage_->scan_log_back(from, visit); });
}

Version EventStore::version_of(std::string_view stream) const {
    const auto head = storage_->find_stream(stream);
    return head ? head->version : Version{0};
}

bool EventStore::is_new(std::string_view stream) const { return writer_->is_new(stream); }

std::optional<KnownCommand> EventStore::find_command(const Uuid& command_id) const {
    return writer_->find_command(command_id);
}

Subscription EventStore::subscribe(Position after, EventFilter filter) {
    return Subscription{*this, after, Subscription::batch_events_usual, std::move(filter)};
}

void EventStore::save_snapshot(std::string_view stream, const Snapshot& snapshot) {
    SILLOK_ASSERT(snapshot.position <= head());
    if (const auto done = storage_->put_snapshot(stream, snapshot); !done) writer_->fail(done.error());
}

void EventStore::save_snapshot_with_next(std::string stream, Snapshot snapshot) {
    writer_->keep({std::move(stream), std::move(snapshot)});
}

std::optional<Snapshot> EventStore::load_snapshot(std::string_view stream) const {
    return storage_->get_snapshot(stream);
}

void EventStore::drop_snapshot(std::string_view stream) {
    if (const auto done = storage_->delete_snapshot(stream); !done) writer_->fail(done.error());
}

std::expected<void, errc> EventStore::save_checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint) {
    SILLOK_ASSERT(checkpoint.seen <= head() && !name.empty() && name.size() <= limits::name_bytes_max);
    const auto done = storage_->put_checkpoint(name, checkpoint);
    if (done) return {};
    writer_->fail(done.error());
    return std::unexpected(errc::log_unavailable);
}

std::optional<ReaderCheckpoint> EventStore::load_checkpoint(std::string_view name) const {
    return storage_->get_checkpoint(name);
}

void EventStore::each_snapshot(const std::function<bool(const StoredSnapshot&)>& visit) const {
    storage_->scan_snapshots(visit);
}

void EventStore::each_stream(std::string_view prefix,
                             const std::function<bool(std::string_view, Version)>& visit) const {
    storage_->scan_streams(prefix,
                           [&](std::string_view name, const StreamHead& head) { return visit(name, head.version); });
}

TreeHead EventStore::tree_head() const { return LogTree{*storage_}.head(TreeSize{head().value}); }

std::expected<InclusionProof, errc> EventStore::prove_inclusion(Position position, TreeSize size) const {
    if (position.value == 0 || position.value > size.value || size.value > head().value)
        return std::unexpected(errc::beyond_end);
    return LogTree{*storage_}.prove_inclusion(position, size);
}

std::expected<ConsistencyProof, errc> EventStore::prove_consistency(TreeSize from, TreeSize to) const {
    if (from.value == 0 || from > to || to.value > head().value) return std::unexpected(errc::beyond_end);
    return LogTree{*storage_}.prove_consistency(from, to);
}

const LogStorage& EventStore::storage() const { return *storage_; }

}  // namespace sillok
