#include "eventstore/rocks_log.hpp"

#include "eventstore/crc32c.hpp"
#include "eventstore/keys.hpp"
#include "eventstore/record.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace sillok {

namespace {

namespace rdb = rocksdb;

rdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// A read that fails leaves nothing to go on with.
void require(const rdb::Status& status, std::string_view doing) {
    if (!status.ok()) throw StorageError(std::string{doing} + ": " + status.ToString());
}

std::expected<void, std::string> written(const rdb::Status& status) {
    if (!status.ok()) return std::unexpected(status.ToString());
    return {};
}

// RocksDB writes notes of its own into the directory unless it is given somewhere else to put them.
class NoNotes final : public rdb::Logger {
   public:
    using rdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

// A number as a value.
struct Number {
    explicit Number(std::uint64_t number) { put_little_endian(bytes.data(), number); }
    [[nodiscard]] std::string_view view() const { return {bytes.data(), bytes.size()}; }
    std::array<char, 8> bytes;
};

std::uint64_t decode_number(std::string_view value, std::string_view what) {
    if (value.size() != 8) throw StorageError(std::string{what} + " has the wrong length");
    return get_little_endian<std::uint64_t>(value.data());
}

Uuid decode_uuid(std::string_view key, std::string_view what) {
    Uuid id;
    if (key.size() != id.bytes.size()) throw StorageError(std::string{what} + " has the wrong length");
    std::copy_n(key.data(), id.bytes.size(), id.bytes.begin());
    return id;
}

std::string encode_known(const KnownCommand& known) {
    std::string value(12, '\0');
    put_little_endian(value.data(), known.first.value);
    put_little_endian(value.data() + 8, known.events);
    return value + known.receipt;
}

KnownCommand decode_known(std::string_view value) {
    if (value.size() < 12) throw StorageError("an entry of the command index is cut short");
    return {Position{get_little_endian<std::uint64_t>(value.data())},
            get_little_endian<std::uint32_t>(value.data() + 8), std::string{value.substr(12)}};
}

Hash decode_hash(std::string_view value) {
    Hash hash;
    if (value.size() != hash.size()) throw StorageError("a node of the tree has the wrong length");
    std::ranges::copy(value, hash.begin());
    return hash;
}

constexpr std::size_t snapshot_header_bytes = 8 + 8 + 8 + 4;

std::string encode_snapshot(const Snapshot& snapshot) {
    std::string value(snapshot_header_bytes, '\0');
    put_little_endian(value.data(), snapshot.fingerprint.value);
    put_little_endian(value.data() + 8, snapshot.version.value);
    put_little_endian(value.data() + 16, snapshot.position.value);
    put_little_endian(value.data() + 24, crc32c(snapshot.state));
    return value + snapshot.state;
}

// A damaged snapshot is as good as none: the log replaces it.
std::optional<Snapshot> decode_snapshot(std::string_view value) {
    if (value.size() < snapshot_header_bytes) return std::nullopt;
    const auto state = value.substr(snapshot_header_bytes);
    if (get_little_endian<std::uint32_t>(value.data() + 24) != crc32c(state)) return std::nullopt;
    return Snapshot{Fingerprint{get_little_endian<std::uint64_t>(value.data())},
                    Version{get_little_endian<std::uint64_t>(value.data() + 8)},
                    Position{get_little_endian<std::uint64_t>(value.data() + 16)}, std::string{state}};
}

rdb::BlockBasedTableOptions table_options(const std::shared_ptr<rdb::Cache>& cache, bool point_lookups) {
    rdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 16u << 10;
    table.format_version = 5;
    if (point_lookups) table.filter_policy.reset(rdb::NewBloomFilterPolicy(10));
    return table;
}

rdb::ColumnFamilyOptions family_options(const std::shared_ptr<rdb::Cache>& cache, std::size_t write_buffer_bytes,
                                        bool point_lookups) {
    rdb::ColumnFamilyOptions options;
    options.write_buffer_size = write_buffer_bytes;
    options.compression = rdb::kLZ4Compression;
    options.bottommost_compression = rdb::kZSTD;
    options.table_factory.reset(rdb::NewBlockBasedTableFactory(table_options(cache, point_lookups)));
    return options;
}

}  // namespace

// The order of the members is the order of opening; handles go before the database, as it demands.
struct RocksLog::Database {
    std::unique_ptr<rdb::DB> db;
    std::unique_ptr<rdb::ColumnFamilyHandle> fallback, events, stream_versions, streams, commands, event_ids, tags,
        tree, snapshots;
    std::optional<HeadFile> head_file;         // absent: read only
    std::optional<Acknowledged> acknowledged;  // when it was opened; absent: HEAD could not be read

    ~Database() {
        for (auto* family :
             {&fallback, &events, &stream_versions, &streams, &commands, &event_ids, &tags, &tree, &snapshots})
            family->reset();
        db.reset();
    }

    std::unique_ptr<rdb::Iterator> iterate(rdb::ColumnFamilyHandle& family) const {
        rdb::ReadOptions options;
        options.readahead_size = 0;  // grows by itself once reads turn out to be sequential
        return std::unique_ptr<rdb::Iterator>{db->NewIterator(options, &family)};
    }

    [[nodiscard]] Version last_version(StreamNumber stream) const {
        const auto it = iterate(*stream_versions);
        it->SeekForPrev(slice(keys::stream_version(stream, Version{UINT64_MAX}).view()));
        require(it->status(), "reading the stream index");
        if (!it->Valid() || keys::stream_version_stream(view(it->key())) != stream) return Version{0};
        return keys::stream_version_version(view(it->key()));
    }

    [[nodiscard]] std::optional<std::string> get(rdb::ColumnFamilyHandle& family, std::string_view key,
                                                 std::string_view doing) const {
        std::string value;
        const auto status = db->Get({}, &family, slice(key), &value);
        if (status.IsNotFound()) return std::nullopt;
        require(status, doing);
        return value;
    }

    // The record that an entry of the stream index points to.
    bool visit_indexed(std::string_view index_value, const Visit& visit) const {
        const Position position{decode_number(index_value, "an entry of the stream index")};
        rdb::PinnableSlice record;
        require(db->Get({}, events.get(), slice(keys::event(position).view()), &record),
                "reading position " + std::to_string(position.value));
        return visit(position, view(record));
    }
};

RocksLog::RocksLog(std::unique_ptr<Database> database, const std::expected<Acknowledged, std::string>& claimed)
    : database_(std::move(database)) {
    if (claimed) database_->acknowledged = *claimed;
}
RocksLog::~RocksLog() = default;

// Opens the database as it is, or makes it; knows nothing of HEAD.
std::expected<std::unique_ptr<RocksLog::Database>, std::string> RocksLog::open_database(
    const std::filesystem::path& directory, Mode mode) {
    const auto cache = rdb::NewLRUCache(64u << 20);

    rdb::DBOptions options;
    options.create_if_missing = mode == Mode::create;
    options.create_missing_column_families = mode == Mode::create;
    options.paranoid_checks = true;
    options.wal_recovery_mode = rdb::WALRecoveryMode::kPointInTimeRecovery;
    options.max_total_wal_size = 256u << 20;  // bounds what a start after a crash has to replay
    options.max_background_jobs = 2;
    options.keep_log_file_num = 2;
    options.info_log_level = rdb::InfoLogLevel::WARN_LEVEL;
    if (mode == Mode::read_only) options.info_log = std::make_shared<NoNotes>();

    const auto family = [&](std::string_view name, std::size_t write_buffer_bytes, bool point_lookups) {
        return rdb::ColumnFamilyDescriptor{std::string{name}, family_options(cache, write_buffer_bytes, point_lookups)};
    };
    const std::vector<rdb::ColumnFamilyDescriptor> families{
        family(rdb::kDefaultColumnFamilyName, 1u << 20, false),
        family(keys::events, 64u << 20, false),
        family(keys::stream_versions, 32u << 20, false),
        family(keys::streams, 16u << 20, true),
        family(keys::commands, 32u << 20, true),
        family(keys::event_ids, 16u << 20, true),
        family(keys::tags, 16u << 20, false),
        family(keys::tree, 1u << 20, false),
        family(keys::snapshots, 16u << 20, true),
    };
    std::vector<rdb::ColumnFamilyHandle*> handles;
    rdb::DB* db = nullptr;
    const auto status = mode == Mode::read_only
                            ? rdb::DB::OpenForReadOnly(options, directory.string(), families, &handles, &db)
                            : rdb::DB::Open(options, directory.string(), families, &handles, &db);
    if (!status.ok())
        return std::unexpected("the log in " + directory.string() + " cannot be opened: " + status.ToString());

    auto database = std::make_unique<Database>();
    database->db.reset(db);
    assert(handles.size() == families.size());
    database->fallback.reset(handles[0]);
    database->events.reset(handles[1]);
    database->stream_versions.reset(handles[2]);
    database->streams.reset(handles[3]);
    database->commands.reset(handles[4]);
    database->event_ids.reset(handles[5]);
    database->tags.reset(handles[6]);
    database->tree.reset(handles[7]);
    database->snapshots.reset(handles[8]);
    return database;
}

// Nothing, or the sentence that says what was acknowledged and is not there.
std::optional<std::string> RocksLog::lost() const {
    const auto claimed = acknowledged();
    if (!claimed || claimed->position == Position{0}) return std::nullopt;
    std::optional<Hash> found;
    scan_log(claimed->position, [&](Position position, std::string_view bytes) {
        const auto event = record::read(position, bytes);
        if (position == claimed->position && event) found = event->chain_hash;
        return false;
    });
    if (found == claimed->chain_hash) return std::nullopt;
    return "the log is damaged: it was acknowledged up to position " + std::to_string(claimed->position.value) +
           (found ? ", which holds another event now" : ", and ends at " + std::to_string(head().position.value));
}

std::expected<std::unique_ptr<RocksLog>, std::string> RocksLog::open(const std::filesystem::path& directory,
                                                                     Mode mode) {
    const auto head_path = directory / keys::head_file;
    std::error_code ignored;  // what cannot be looked at counts as missing, and opening it says why
    const bool is_new = mode == Mode::create && !std::filesystem::exists(directory / "CURRENT", ignored);
    if (is_new) {
        std::filesystem::create_directories(directory, ignored);
        auto file = HeadFile::open(head_path);
        if (!file) return std::unexpected(file.error());
        if (auto written = file->write({}); !written) return std::unexpected(written.error());
    }
    const auto claimed = HeadFile::read(head_path);
    if (!claimed && mode != Mode::read_only) return std::unexpected(claimed.error());

    try {
        // A look before the leap: opening for writing cuts off what is torn.
        if (!is_new) {
            auto looked = open_database(directory, Mode::read_only);
            if (!looked) return std::unexpected(looked.error());
            std::unique_ptr<RocksLog> log{new RocksLog{*std::move(looked), claimed}};
            if (mode == Mode::read_only) return log;
            if (auto problem = log->lost()) return std::unexpected(*std::move(problem));
        }
        auto database = open_database(directory, mode);
        if (!database) return std::unexpected(database.error());
        auto file = HeadFile::open(head_path);
        if (!file) return std::unexpected(file.error());
        std::unique_ptr<RocksLog> log{new RocksLog{*std::move(database), claimed}};
        log->database_->head_file.emplace(*std::move(file));
        return log;
    } catch (const StorageError& error) {
        return std::unexpected("the log in " + directory.string() + " is damaged: " + error.what());
    }
}

std::optional<Acknowledged> RocksLog::acknowledged() const { return database_->acknowledged; }

LogHead RocksLog::head() const {
    LogHead head;
    const auto events = database_->iterate(*database_->events);
    events->SeekToLast();
    require(events->status(), "reading the end of the log");
    if (events->Valid()) {
        head.position = keys::event_position(view(events->key()));
        const auto last = record::read(head.position, view(events->value()));
        if (!last) throw StorageError("position " + std::to_string(head.position.value) + ": " + last.error().what);
        head.chain_hash = last->chain_hash;
    }
    const auto versions = database_->iterate(*database_->stream_versions);
    versions->SeekToLast();
    require(versions->status(), "reading the stream index");
    if (versions->Valid()) head.last_stream = keys::stream_version_stream(view(versions->key()));
    return head;
}

std::expected<void, std::string> RocksLog::write(const CommitGroup& group) {
    std::size_t bytes = 64;
    for (const auto& entry : group.entries) bytes += entry.record.size() + 64;
    rdb::WriteBatch batch{bytes};
    for (const auto& entry : group.entries) {
        batch.Put(database_->events.get(), slice(keys::event(entry.position).view()), slice(entry.record));
        batch.Put(database_->stream_versions.get(), slice(keys::stream_version(entry.stream, entry.version).view()),
                  slice(Number{entry.position.value}.view()));
    }
    for (const auto& stream : group.new_streams)
        batch.Put(database_->streams.get(), stream.name, slice(Number{stream.number.value}.view()));
    for (const auto& command : group.commands)
        batch.Put(database_->commands.get(), slice(keys::uuid(command.id)), encode_known(command.known));
    for (const auto& [id, position] : group.event_ids)
        batch.Put(database_->event_ids.get(), slice(keys::uuid(id)), slice(Number{position.value}.view()));
    for (const auto& tag : group.tags) batch.Put(database_->tags.get(), keys::tag(tag.tag, tag.position), tag.type);
    for (const auto& node : group.tree_nodes)
        batch.Put(database_->tree.get(), slice(keys::tree_node(node.level, node.index).view()),
                  slice(bytes_of(node.hash)));

    rdb::WriteOptions options;
    options.sync = true;
    if (auto done = written(database_->db->Write(options, &batch)); !done || group.entries.empty()) return done;
    const auto& last = group.entries.back();
    return database_->head_file->write({last.position, record::view_sealed(last.record).chain_hash});
}

std::optional<StreamHead> RocksLog::find_stream(std::string_view name) const {
    const auto value = database_->get(*database_->streams, name, "reading the stream names");
    if (!value) return std::nullopt;
    const StreamNumber number{decode_number(*value, "a stream number")};
    return StreamHead{number, database_->last_version(number)};
}

std::optional<KnownCommand> RocksLog::find_command(const Uuid& id) const {
    const auto value = database_->get(*database_->commands, keys::uuid(id), "reading the command index");
    if (!value) return std::nullopt;
    return decode_known(*value);
}

std::optional<Position> RocksLog::find_event_id(const Uuid& id) const {
    const auto value = database_->get(*database_->event_ids, keys::uuid(id), "reading the event ids");
    if (!value) return std::nullopt;
    return Position{decode_number(*value, "an entry of the event ids")};
}

void RocksLog::scan_log(Position from, const Visit& visit) const {
    const auto it = database_->iterate(*database_->events);
    for (it->Seek(slice(keys::event(from).view())); it->Valid(); it->Next())
        if (!visit(keys::event_position(view(it->key())), view(it->value()))) return;
    require(it->status(), "reading the log");
}

void RocksLog::scan_log_back(Position from, const Visit& visit) const {
    const auto it = database_->iterate(*database_->events);
    for (it->SeekForPrev(slice(keys::event(from).view())); it->Valid(); it->Prev())
        if (!visit(keys::event_position(view(it->key())), view(it->value()))) return;
    require(it->status(), "reading the log");
}

void RocksLog::scan_stream(StreamNumber stream, Version from, const Visit& visit) const {
    const auto it = database_->iterate(*database_->stream_versions);
    for (it->Seek(slice(keys::stream_version(stream, from).view())); it->Valid(); it->Next()) {
        if (keys::stream_version_stream(view(it->key())) != stream) return;
        if (!database_->visit_indexed(view(it->value()), visit)) return;
    }
    require(it->status(), "reading the stream index");
}

void RocksLog::scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const {
    const auto it = database_->iterate(*database_->stream_versions);
    for (it->SeekForPrev(slice(keys::stream_version(stream, from).view())); it->Valid(); it->Prev()) {
        if (keys::stream_version_stream(view(it->key())) != stream) return;
        if (!database_->visit_indexed(view(it->value()), visit)) return;
    }
    require(it->status(), "reading the stream index");
}

void RocksLog::scan_streams(std::string_view prefix,
                            const std::function<bool(std::string_view, StreamHead)>& visit) const {
    const auto it = database_->iterate(*database_->streams);
    for (it->Seek(slice(prefix)); it->Valid() && view(it->key()).starts_with(prefix); it->Next()) {
        const StreamNumber number{decode_number(view(it->value()), "a stream number")};
        if (!visit(view(it->key()), {number, database_->last_version(number)})) return;
    }
    require(it->status(), "reading the stream names");
}

void RocksLog::scan_index(const std::function<bool(StreamNumber, Version, Position)>& visit) const {
    const auto it = database_->iterate(*database_->stream_versions);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const Position position{decode_number(view(it->value()), "an entry of the stream index")};
        const auto key = view(it->key());
        if (!visit(keys::stream_version_stream(key), keys::stream_version_version(key), position)) return;
    }
    require(it->status(), "reading the stream index");
}

void RocksLog::scan_commands(const std::function<bool(const Uuid&, const KnownCommand&)>& visit) const {
    const auto it = database_->iterate(*database_->commands);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto id = decode_uuid(view(it->key()), "a command id");
        if (!visit(id, decode_known(view(it->value())))) return;
    }
    require(it->status(), "reading the command index");
}

void RocksLog::scan_tag(std::string_view tag, Position from, const VisitTag& visit) const {
    const auto prefix = keys::tag_prefix(tag);
    const auto it = database_->iterate(*database_->tags);
    for (it->Seek(keys::tag(tag, from)); it->Valid() && view(it->key()).starts_with(prefix); it->Next()) {
        if (!keys::is_tag(view(it->key()))) throw StorageError("a key of the tag index is malformed");
        if (!visit(tag, keys::tag_position(view(it->key())), view(it->value()))) return;
    }
    require(it->status(), "reading the tag index");
}

void RocksLog::scan_tags(const VisitTag& visit) const {
    const auto it = database_->iterate(*database_->tags);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto key = view(it->key());
        if (!keys::is_tag(key)) throw StorageError("a key of the tag index is malformed");
        if (!visit(keys::tag_tag(key), keys::tag_position(key), view(it->value()))) return;
    }
    require(it->status(), "reading the tag index");
}

void RocksLog::scan_event_ids(const std::function<bool(const Uuid&, Position)>& visit) const {
    const auto it = database_->iterate(*database_->event_ids);
    for (it->SeekToFirst(); it->Valid(); it->Next())
        if (!visit(decode_uuid(view(it->key()), "an event id"),
                   Position{decode_number(view(it->value()), "an entry of the event ids")}))
            return;
    require(it->status(), "reading the event ids");
}

std::optional<Hash> RocksLog::find_tree_node(unsigned level, std::uint64_t index) const {
    const auto value = database_->get(*database_->tree, keys::tree_node(level, index).view(), "reading the tree");
    if (!value) return std::nullopt;
    return decode_hash(*value);
}

void RocksLog::scan_tree(const std::function<bool(const TreeNode&)>& visit) const {
    const auto it = database_->iterate(*database_->tree);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto key = view(it->key());
        if (key.size() != 9) throw StorageError("a node of the tree has a key of the wrong length");
        if (!visit({keys::tree_node_level(key), keys::tree_node_index(key), decode_hash(view(it->value()))})) return;
    }
    require(it->status(), "reading the tree");
}

std::expected<void, std::string> RocksLog::put_snapshot(std::string_view stream, const Snapshot& snapshot) {
    return written(database_->db->Put({}, database_->snapshots.get(), slice(stream), encode_snapshot(snapshot)));
}

std::optional<Snapshot> RocksLog::get_snapshot(std::string_view stream) const {
    const auto value = database_->get(*database_->snapshots, stream, "reading a snapshot");
    if (!value) return std::nullopt;
    return decode_snapshot(*value);
}

std::expected<void, std::string> RocksLog::delete_snapshot(std::string_view stream) {
    return written(database_->db->Delete({}, database_->snapshots.get(), slice(stream)));
}

void RocksLog::scan_snapshots(const std::function<bool(const StoredSnapshot&)>& visit) const {
    const auto it = database_->iterate(*database_->snapshots);
    for (it->SeekToFirst(); it->Valid(); it->Next())
        if (const auto snapshot = decode_snapshot(view(it->value())))
            if (!visit({std::string{view(it->key())}, *snapshot})) return;
    require(it->status(), "reading the snapshots");
}

}  // namespace sillok
