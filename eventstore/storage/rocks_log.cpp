#include "eventstore/storage/rocks_log.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/base/thread_limit.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/keys.hpp"
#include "eventstore/storage/parallel_reads.hpp"
#include "eventstore/storage/receipt_filter.hpp"
#include "eventstore/storage/record.hpp"
#include "eventstore/storage/rocks_helpers.hpp"
#include "eventstore/storage/rocks_notes.hpp"
#include "eventstore/storage/table_checksum.hpp"
#include "eventstore/storage/unnamed_tables.hpp"
#include "eventstore/storage/value_codec.hpp"
#include "eventstore/storage/wal_files.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>

namespace sillok {

namespace {

namespace rdb = rocksdb;

constexpr std::size_t fetch_max = 16;  // events of a stream fetched together

// RocksDB counts every comparison of keys, thread by thread. We do not use the counters.
void do_without_counters() { rdb::SetPerfLevel(rdb::PerfLevel::kDisable); }

std::expected<void, std::string> written(const rdb::Status& status) {
    if (!status.ok()) return std::unexpected(sentence_of(status));
    return {};
}

// A damaged key may have any length.
std::string_view of_length(std::string_view key, std::size_t length, std::string_view what) {
    if (key.size() != length) throw StorageError("a key of " + std::string{what} + " has the wrong length");
    return key;
}

Position decode_event_key(const rdb::Slice& key) { return keys::event_position(of_length(view(key), 8, "the log")); }

std::pair<StreamNumber, Version> decode_index_key(const rdb::Slice& slice) {
    const auto key = of_length(view(slice), 16, "the stream index");
    return {keys::stream_version_stream(key), keys::stream_version_version(key)};
}

// RocksDB would resume when a full disk has space again. Only a restart knows what is on the disk.
class NoRecovery final : public rdb::EventListener {
   public:
    void OnErrorRecoveryBegin(rdb::BackgroundErrorReason, rdb::Status, bool* recovers_by_itself) override {
        *recovers_by_itself = false;
    }
};

rdb::BlockBasedTableOptions table_options(const std::shared_ptr<rdb::Cache>& cache, bool point_lookups) {
    rdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 16u << 10;
    table.format_version = 5;
    if (point_lookups) table.filter_policy.reset(rdb::NewBloomFilterPolicy(10));
    return table;
}

// How a column family is written and read.
struct Use {
    std::size_t write_buffer_bytes;
    bool point_lookups = false;
    // A new key is likely to sort right after the last new key with the same first N bytes, so the search for its place
    // in memory begins there. A larger N means a shorter search, but more places to remember.
    std::optional<std::size_t> near_after_bytes = {};
};

rdb::ColumnFamilyOptions family_options(const std::shared_ptr<rdb::Cache>& cache, const Use& use) {
    rdb::ColumnFamilyOptions options;
    options.write_buffer_size = use.write_buffer_bytes;
    if (use.near_after_bytes)
        options.memtable_insert_with_hint_prefix_extractor.reset(rdb::NewFixedPrefixTransform(*use.near_after_bytes));
    if (use.point_lookups) {  // most look-ups are for absent keys; a filter in memory answers them without a search
        options.memtable_whole_key_filtering = true;
        options.memtable_prefix_bloom_size_ratio = 0.02;
    }
    // Young tables do not overlap and are moved down unchanged. Old ones, beyond some gigabytes, are compressed again
    // and get a quarter smaller.
    options.compression_per_level.assign(static_cast<std::size_t>(options.num_levels), rdb::kZSTD);
    std::fill_n(options.compression_per_level.begin(), 3, rdb::kLZ4Compression);
    options.table_factory.reset(rdb::NewBlockBasedTableFactory(table_options(cache, use.point_lookups)));
    return options;
}

}  // namespace

// Members are destroyed in reverse order: RocksDB wants the columns gone before the database.
struct RocksLog::Database {
    using Column = std::unique_ptr<rdb::ColumnFamilyHandle>;

    std::unique_ptr<rdb::Env> env;
    std::unique_ptr<rdb::CompactionFilter> receipt_filter;  // null: receipts stay
    std::optional<std::chrono::seconds> look_around;        // how often the age of the commands' files is looked at
    std::unique_ptr<rdb::DB> db;
    Column fallback, events, stream_versions, streams, commands, event_ids, tags, tree, snapshots, checkpoints;
    std::optional<HeadFile> head_file;         // absent: read only
    std::optional<Acknowledged> acknowledged;  // when it was opened; absent: HEAD could not be read
    std::optional<std::string> head_problem;
    Acknowledged written_up_to;  // the writing thread's
    ParallelReads parallel_reads;
    std::atomic<bool> failed = false;  // a write failed: the disk's state is unknown until the log is reopened
    std::atomic<std::uint64_t> bytes_written = 0;
    std::jthread idle_flush;  // of a log that is written to; last: it uses all of the above

    struct Family;
    static std::array<Family, 10> all_columns(std::size_t buffer);

    std::expected<void, std::string> write(bool synced, rdb::WriteBatch& batch) {
        if (failed) return std::unexpected("an earlier write has failed");
        do_without_counters();
        rdb::WriteOptions options;
        options.sync = synced;
        const auto status = db->Write(options, &batch);
        if (!status.ok()) failed = true;
        bytes_written += batch.GetDataSize();
        return written(status);
    }

    // Writes the tables in memory to the disk once nothing has come for a moment. A start after a crash replays what is
    // in the write-ahead log, twice (see open), and then there is little.
    void flush_when_idle(const std::stop_token& stop) {
        constexpr std::chrono::seconds moment{1};
        constexpr std::uint64_t worth_it = 4u << 20;
        Mutex mutex;
        StoppableCondition stopped;
        std::uint64_t before = 0;
        std::uint64_t flushed = 0;
        auto looked = std::chrono::steady_clock::now();
        while (!stop.stop_requested()) {
            {
                MutexLock lock{mutex};
                stopped.wait_for(lock, stop, moment, [] { return false; });
            }
            const auto now = bytes_written.load();
            if (now == before && now - flushed >= worth_it && !stop.stop_requested() && !failed) {
                flush();
                flushed = now;
            }
            before = now;
            if (look_around && std::chrono::steady_clock::now() - looked >= *look_around && !failed) {
                merge_old_commands();
                looked = std::chrono::steady_clock::now();
            }
        }
    }

    void flush();
    void merge_old_commands();

    std::unique_ptr<rdb::Iterator> iterate(rdb::ColumnFamilyHandle& family, bool keeps_blocks = true) const {
        rdb::ReadOptions options;
        options.fill_cache = keeps_blocks;
        options.readahead_size = 0;  // grows by itself once reads turn out to be sequential
        return std::unique_ptr<rdb::Iterator>{db->NewIterator(options, &family)};
    }

    [[nodiscard]] Version last_version(StreamNumber stream) const {
        const auto it = iterate(*stream_versions);
        it->SeekForPrev(slice(keys::stream_version(stream, Version{UINT64_MAX}).view()));
        require(it->status(), "reading the stream index");
        if (!it->Valid()) return Version{0};
        const auto [found, version] = decode_index_key(it->key());
        return found == stream ? version : Version{0};
    }

    [[nodiscard]] std::optional<std::string> get(rdb::ColumnFamilyHandle& family, std::string_view key,
                                                 std::string_view doing) const {
        do_without_counters();
        std::string value;
        const auto status = db->Get({}, &family, slice(key), &value);
        if (status.IsNotFound()) return std::nullopt;
        require(status, doing);
        return value;
    }

    // The records at these positions, in their order. Those that are not in memory are read from the disk in parallel:
    // a stream's events lie far apart in the log, and one after another each would wait for the disk.
    bool visit_each(std::span<const Position> positions, const Visit& visit) const {
        std::array<rdb::PinnableSlice, fetch_max> records;
        std::array<rdb::Status, fetch_max> found;
        std::array<std::size_t, fetch_max> absent;
        std::size_t absent_count = 0;
        rdb::ReadOptions in_memory;
        in_memory.read_tier = rdb::kBlockCacheTier;
        const auto fetch = [&](const rdb::ReadOptions& options, std::size_t i) {
            found[i] = db->Get(options, events.get(), slice(keys::event(positions[i]).view()), &records[i]);
        };
        for (std::size_t i = 0; i < positions.size(); ++i) {
            fetch(in_memory, i);
            if (found[i].IsIncomplete()) absent[absent_count++] = i;
        }
        parallel_reads.for_each(std::span{absent}.first(absent_count), [&](std::size_t i) { fetch({}, i); });
        for (std::size_t i = 0; i < positions.size(); ++i) {
            require(found[i], "reading position " + std::to_string(positions[i].value));
            if (!visit(positions[i], view(records[i]))) return false;
        }
        return true;
    }

    // The records that the stream index points to, from where the iterator is, until another stream begins. The first
    // is fetched alone, because often it is the only one asked for.
    template <class Step>
    void visit_stream(rdb::Iterator& it, StreamNumber stream, const Visit& visit, Step&& step) const {
        std::array<Position, fetch_max> positions;
        for (std::size_t at_once = 1;; at_once = positions.size()) {
            std::size_t count = 0;
            for (; count < at_once && it.Valid(); step(it)) {
                if (decode_index_key(it.key()).first != stream) break;
                positions[count++] = Position{values::to_number(view(it.value()), "an entry of the stream index")};
            }
            if (count == 0) break;
            if (!visit_each(std::span{positions}.first(count), visit)) return;
        }
        require(it.status(), "reading the stream index");
    }
};

RocksLog::RocksLog(std::unique_ptr<Database> database) : database_(std::move(database)) {}
RocksLog::~RocksLog() = default;

// A column family: its name on disk, its use, and where its handle is kept.
struct RocksLog::Database::Family {
    std::string_view name;
    Use use;
    Column Database::* handle;
};

std::array<RocksLog::Database::Family, 10> RocksLog::Database::all_columns(std::size_t buffer) {
    constexpr std::size_t few = 1u << 20;
    return {{
        {rdb::kDefaultColumnFamilyName, {few}, &Database::fallback},
        {keys::events, {.write_buffer_bytes = buffer, .near_after_bytes = 0}, &Database::events},
        {keys::stream_versions, {.write_buffer_bytes = buffer / 2, .near_after_bytes = 0}, &Database::stream_versions},
        {keys::streams,
         {.write_buffer_bytes = buffer / 4, .point_lookups = true, .near_after_bytes = 2},
         &Database::streams},
        {keys::commands,
         {.write_buffer_bytes = buffer / 2, .point_lookups = true, .near_after_bytes = 1},
         &Database::commands},
        {keys::event_ids, {.write_buffer_bytes = buffer / 4, .point_lookups = true}, &Database::event_ids},
        {keys::tags, {buffer / 4}, &Database::tags},
        {keys::tree, {.write_buffer_bytes = few, .near_after_bytes = 1}, &Database::tree},  // the level
        {keys::snapshots, {.write_buffer_bytes = buffer / 4, .point_lookups = true}, &Database::snapshots},
        {keys::checkpoints, {few}, &Database::checkpoints},
    }};
}

// A failure is met again, and reported, by the next write.
void RocksLog::Database::flush() {
    std::vector<rdb::ColumnFamilyHandle*> families;
    for (const auto& column : all_columns(0)) families.push_back((this->*column.handle).get());
    db->Flush({}, families).PermitUncheckedError();
}

// RocksDB itself looks for files that have become too old only after a write. Setting an option makes it look.
void RocksLog::Database::merge_old_commands() {
    flush();
    const auto age = db->GetOptions(commands.get()).periodic_compaction_seconds;
    db->SetOptions(commands.get(), {{"periodic_compaction_seconds", std::to_string(age)}}).PermitUncheckedError();
}

namespace {

// A disk that is not the machine's gets none: the file would be on the machine's.
std::shared_ptr<rdb::Logger> notes_for(const std::filesystem::path& directory, RocksLog::Mode mode,
                                       const RocksLogOptions& options) {
    if (mode == RocksLog::Mode::read_only || options.disk != nullptr) return std::make_shared<NoNotes>();
    return std::make_shared<NotesFile>(directory / "LOG");
}

}  // namespace

// Opens the database as it is, or creates it. Does not look at HEAD.
std::expected<std::unique_ptr<RocksLog::Database>, std::string> RocksLog::open_database(
    const std::filesystem::path& directory, Mode mode, const RocksLogOptions& log_options) {
    constexpr unsigned background_threads = 8;
    if (auto enough = check_threads(static_cast<unsigned>(log_options.opening_threads) + background_threads); !enough)
        return std::unexpected("the log in " + directory.string() + " cannot be opened: " + enough.error());
    const auto cache = rdb::NewLRUCache(64u << 20);

    rdb::DBOptions options;
    auto env = std::make_unique<WalEnv>(*(log_options.disk ? log_options.disk : rdb::Env::Default()));
    options.env = env.get();
    options.create_if_missing = mode == Mode::create;
    options.create_missing_column_families = mode != Mode::read_only;
    options.paranoid_checks = true;
    options.wal_recovery_mode = rdb::WALRecoveryMode::kPointInTimeRecovery;
    options.max_total_wal_size = 96u << 20;  // bounds what is replayed, twice, after a crash (see open)
    options.max_background_jobs = 2;
    options.allow_concurrent_memtable_write = false;  // one thread writes; near_after_bytes demands it
    options.max_bgerror_resume_count = 0;             // a failed write is not repeated
    options.listeners.push_back(std::make_shared<NoRecovery>());
    options.max_file_opening_threads = log_options.opening_threads;
    options.file_checksum_gen_factory = table_checksums();
    options.info_log = notes_for(directory, mode, log_options);

    const auto columns = Database::all_columns(log_options.write_buffer_bytes);
    std::vector<rdb::ColumnFamilyDescriptor> families;
    families.reserve(columns.size());
    for (const auto& column : columns)
        families.emplace_back(std::string{column.name}, family_options(cache, column.use));
    std::unique_ptr<rdb::CompactionFilter> receipt_filter;
    if (log_options.receipts && mode != Mode::read_only) {
        receipt_filter = std::make_unique<ReceiptFilter>(log_options.receipts->is_over);
        auto& commands =
            std::ranges::find(families, std::string{keys::commands}, &rdb::ColumnFamilyDescriptor::name)->options;
        commands.compaction_filter = receipt_filter.get();
        commands.periodic_compaction_seconds = static_cast<std::uint64_t>(log_options.receipts->keep.count());
    }
    std::vector<rdb::ColumnFamilyHandle*> handles;
    rdb::DB* db = nullptr;
    const auto status = mode == Mode::read_only
                            ? rdb::DB::OpenForReadOnly(options, directory.string(), families, &handles, &db)
                            : rdb::DB::Open(options, directory.string(), families, &handles, &db);
    if (!status.ok())
        return std::unexpected("the log in " + directory.string() + " cannot be opened: " + sentence_of(status));

    auto database = std::make_unique<Database>();
    database->env = std::move(env);
    database->receipt_filter = std::move(receipt_filter);
    if (log_options.receipts) database->look_around = std::max(log_options.receipts->keep / 8, std::chrono::seconds{1});
    database->db.reset(db);
    SILLOK_ASSERT(handles.size() == columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) (database.get()->*columns[i].handle).reset(handles[i]);
    return database;
}

std::optional<std::string> RocksLog::objection_of(const RocksLogOptions& options) const {
    return options.objection ? options.objection(*this) : std::nullopt;
}

// Returns a sentence if something acknowledged is missing, else nothing.
std::optional<std::string> RocksLog::lost(const std::filesystem::path& directory) const {
    const auto begin = "the log in " + directory.string() + " is damaged: ";
    const std::array append_only{database_->events.get(),   database_->stream_versions.get(), database_->streams.get(),
                                 database_->commands.get(), database_->event_ids.get(),       database_->tags.get(),
                                 database_->tree.get()};
    if (const auto problem = problem_of_unnamed_tables(*database_->db, append_only, directory)) return begin + *problem;
    const auto claimed = acknowledged();
    if (!claimed) return std::nullopt;
    std::optional<Hash> found;
    scan_log(claimed->position, [&](Position position, std::string_view bytes) {
        const auto event = record::read(position, bytes);
        if (position == claimed->position && event) found = event->chain_hash;
        return false;
    });
    const auto end = head();
    if (claimed->position != Position{0} && found != claimed->chain_hash)
        return begin + "it was acknowledged up to position " + std::to_string(claimed->position.value) +
               (found ? ", which holds another event now" : ", and ends at " + std::to_string(end.position.value));
    if (end.groups < claimed->groups)
        return begin + std::to_string(claimed->groups) + " groups were acknowledged, and it ends at " +
               std::to_string(end.groups);
    return std::nullopt;
}

namespace {

// Creates a directory that survives a power failure, and its parents.
std::expected<void, std::string> make_directory(rdb::FileSystem& disk, const std::filesystem::path& directory) {
    const auto to_result = [&](const rdb::Status& status) -> std::expected<void, std::string> {
        if (status.ok()) return {};
        return std::unexpected(directory.string() + " cannot be made: " + status.ToString());
    };
    const auto parent = directory.has_parent_path() ? directory.parent_path() : std::filesystem::path{"."};
    if (parent != directory && !disk.FileExists(parent.string(), {}, nullptr).ok())
        if (auto made = make_directory(disk, parent); !made) return made;
    if (auto made = to_result(disk.CreateDirIfMissing(directory.string(), {}, nullptr)); !made) return made;
    // Also if it existed: the process that created it may have been stopped before this sync.
    std::unique_ptr<rdb::FSDirectory> above;
    if (auto opened = to_result(disk.NewDirectory(parent.string(), {}, &above, nullptr)); !opened) return opened;
    return to_result(above->Fsync({}, nullptr));
}

// Whether no log was ever kept in this directory. A log whose creation was interrupted is created again: the database
// writes tables and write-ahead logs only after CURRENT, and nothing is acknowledged before.
std::expected<bool, std::string> is_new(rdb::FileSystem& disk, const std::filesystem::path& directory) {
    if (disk.FileExists((directory / "CURRENT").string(), {}, nullptr).ok()) return false;
    const auto damaged = std::unexpected("the log in " + directory.string() + " is damaged: CURRENT is missing");
    if (const auto found = HeadFile::read(disk, directory / keys::head_file); found && found->acknowledged.groups > 0)
        return damaged;
    std::vector<std::string> names;
    disk.GetChildren(directory.string(), {}, &names, nullptr)
        .PermitUncheckedError();  // an error: the directory does not exist
    for (const std::filesystem::path name : names)
        if (name.extension() == ".sst" || name.extension() == ".log") return damaged;
    return true;
}

// A directory with a HEAD that has acknowledged nothing, both of them durable.
std::expected<void, std::string> set_up(rdb::FileSystem& disk, const std::filesystem::path& directory) {
    if (auto made = make_directory(disk, directory); !made) return made;
    if (auto made = HeadFile::create(disk, directory / keys::head_file); !made) return made;
    std::unique_ptr<rdb::FSDirectory> opened;
    auto status = disk.NewDirectory(directory.string(), {}, &opened, nullptr);
    if (status.ok()) status = opened->Fsync({}, nullptr);
    if (!status.ok()) return std::unexpected(directory.string() + " cannot be synced: " + status.ToString());
    return {};
}

}  // namespace

std::expected<std::unique_ptr<RocksLog>, std::string> RocksLog::open(const std::filesystem::path& directory, Mode mode,
                                                                     const RocksLogOptions& options) {
    try {
        if (mode != Mode::read_only) return open_writer(directory, mode, options);
        auto database = open_database(directory, mode, options);
        if (!database) return std::unexpected(database.error());
        auto& disk = *(*database)->db->GetEnv()->GetFileSystem();
        if (const auto found = HeadFile::read(disk, directory / keys::head_file)) {
            (*database)->acknowledged = found->acknowledged;
            if (!found->whole) (*database)->head_problem = "half of the HEAD file is damaged";
        } else {
            (*database)->head_problem = found.error();
        }
        std::unique_ptr<RocksLog> log{new RocksLog{*std::move(database)}};
        log->read_identity();
        if (auto objection = log->objection_of(options)) return std::unexpected(*std::move(objection));
        return log;
    } catch (const StorageError& error) {
        return std::unexpected("the log in " + directory.string() + " is damaged: " + error.what());
    }
}

std::expected<std::unique_ptr<RocksLog>, std::string> RocksLog::open_writer(const std::filesystem::path& directory,
                                                                            Mode mode, const RocksLogOptions& options) {
    auto& disk = *(options.disk ? options.disk : rdb::Env::Default())->GetFileSystem();
    const auto head_path = directory / keys::head_file;
    if (mode == Mode::create) {
        const auto fresh = is_new(disk, directory);
        if (!fresh) return std::unexpected(fresh.error());
        if (*fresh)
            if (auto done = set_up(disk, directory); !done) return std::unexpected(done.error());
    }
    const auto found = HeadFile::read(disk, head_path);
    if (!found) return std::unexpected(found.error());

    // Opening for writing cuts off a torn end, so first look read-only. If nothing was acknowledged there is nothing to
    // lose, and perhaps not every column family exists.
    if (found->acknowledged.groups > 0) {
        auto only_to_look = options;
        only_to_look.objection = {};
        auto looked = open(directory, Mode::read_only, only_to_look);
        if (!looked) return std::unexpected(looked.error());
        if (auto problem = (*looked)->lost(directory)) return std::unexpected(*std::move(problem));
        if (auto objection = (*looked)->objection_of(options)) return std::unexpected(*std::move(objection));
    }
    auto database = open_database(directory, mode, options);
    if (!database) return std::unexpected(database.error());
    auto file = HeadFile::open(disk, head_path, *found);
    if (!file) return std::unexpected(file.error());
    std::unique_ptr<RocksLog> log{new RocksLog{*std::move(database)}};

    const bool has_identity = log->read_identity();
    if (found->acknowledged.groups == 0)  // else it was asked of what was looked at
        if (auto objection = log->objection_of(options)) return std::unexpected(*std::move(objection));
    if (!has_identity) log->identity_.log_id = options.log_id.value_or(SystemClock{}.new_id());
    if (!has_identity || log->identity_problem_)
        if (auto set = log->set_identity(log->identity_); !set)
            return std::unexpected("the log in " + directory.string() + " cannot be written: " + set.error());

    // Everything that recovery restored is in synced tables by now, so it counts as acknowledged.
    const auto head = log->head();
    const Acknowledged acknowledged{head.position, head.chain_hash, head.groups};
    if (auto written = file->write(acknowledged); !written) return std::unexpected(written.error());
    log->database_->acknowledged = acknowledged;
    log->database_->written_up_to = acknowledged;
    log->database_->head_file.emplace(*std::move(file));
    log->database_->idle_flush =
        std::jthread{[&database = *log->database_](const std::stop_token& stop) { database.flush_when_idle(stop); }};
    return log;
}

bool RocksLog::read_identity() {
    const auto first = database_->get(*database_->fallback, keys::identity, "reading the log's identity");
    const auto second = database_->get(*database_->fallback, keys::identity_copy, "reading the log's identity");
    if (!first && !second) return false;
    const auto one = first ? values::to_identity(*first) : std::nullopt;
    const auto other = second ? values::to_identity(*second) : std::nullopt;
    if (!one && !other) throw StorageError("its identity cannot be read");
    identity_ = one ? *one : *other;
    if (one != other) identity_problem_ = "one copy of the log's identity is missing or damaged";
    return true;
}

std::expected<void, std::string> RocksLog::set_identity(const LogIdentity& identity) {
    rdb::WriteBatch batch;
    batch.Put(database_->fallback.get(), slice(keys::identity), values::identity(identity));
    batch.Put(database_->fallback.get(), slice(keys::identity_copy), values::identity(identity));
    auto done = database_->write(true, batch);
    if (!done) return done;
    identity_ = identity;
    identity_problem_.reset();
    return done;
}

std::optional<Acknowledged> RocksLog::acknowledged() const { return database_->acknowledged; }
std::optional<std::string> RocksLog::head_problem() const { return database_->head_problem; }

std::optional<std::string> RocksLog::table_problem() const {
    const auto status = database_->db->VerifyFileChecksums({});
    if (status.ok()) return std::nullopt;
    return status.ToString();
}

std::expected<std::uint32_t, std::string> RocksLog::copy_files(rocksdb::BackupEngine& engine, const std::string& note,
                                                               const std::function<void()>& progress) const {
    rdb::CreateBackupOptions options;
    options.flush_before_backup = true;  // later backups share table files with this one, not a write-ahead log
    if (progress) options.progress_callback = progress;
    rdb::BackupID number = 0;
    const auto status = engine.CreateNewBackupWithMetadata(options, database_->db.get(), note, &number);
    if (!status.ok()) return std::unexpected(status.ToString());
    return number;
}

std::vector<TableFile> RocksLog::table_files() const {
    std::vector<rdb::LiveFileMetaData> files;
    database_->db->GetLiveFilesMetaData(&files);
    std::vector<TableFile> tables;
    tables.reserve(files.size());
    for (const auto& file : files)
        tables.push_back({.number = file.file_number,
                          .path = std::filesystem::path{file.directory} / file.relative_filename,
                          .bytes = file.size,
                          .crc32c = kept_checksum(file.file_checksum, file.file_checksum_func_name)});
    return tables;
}

std::uint64_t RocksLog::bytes_in_memory() const {
    std::uint64_t bytes = 0;
    database_->db->GetAggregatedIntProperty(rdb::DB::Properties::kCurSizeAllMemTables, &bytes);
    return bytes;
}

bool RocksLog::is_merging() const {
    std::uint64_t compactions = 0;
    std::uint64_t flushes = 0;
    database_->db->GetIntProperty(rdb::DB::Properties::kNumRunningCompactions, &compactions);
    database_->db->GetIntProperty(rdb::DB::Properties::kNumRunningFlushes, &flushes);
    return compactions + flushes > 0;
}

LogHead RocksLog::head() const {
    LogHead head;
    const auto events = database_->iterate(*database_->events);
    events->SeekToLast();
    require(events->status(), "reading the end of the log");
    if (events->Valid()) {
        head.position = decode_event_key(events->key());
        const auto last = record::read(head.position, view(events->value()));
        if (!last) throw StorageError("position " + std::to_string(head.position.value) + ": " + last.error().what);
        head.chain_hash = last->chain_hash;
        head.time = last->time;
    }
    const auto versions = database_->iterate(*database_->stream_versions);
    versions->SeekToLast();
    require(versions->status(), "reading the stream index");
    if (versions->Valid()) head.last_stream = decode_index_key(versions->key()).first;
    if (const auto groups = database_->get(*database_->fallback, keys::groups, "reading the number of groups"))
        head.groups = values::to_groups(*groups);
    return head;
}

std::expected<void, std::string> RocksLog::write(const CommitGroup& group) {
    std::size_t bytes = 64;
    for (const auto& entry : group.entries) bytes += entry.record.size() + 64;
    rdb::WriteBatch batch{bytes};
    for (const auto& entry : group.entries) {
        batch.Put(database_->events.get(), slice(keys::event(entry.position).view()), slice(entry.record));
        batch.Put(database_->stream_versions.get(), slice(keys::stream_version(entry.stream, entry.version).view()),
                  slice(values::Number{entry.position.value}.view()));
    }
    for (const auto& stream : group.new_streams)
        batch.Put(database_->streams.get(), stream.name, slice(values::Number{stream.number.value}.view()));
    for (const auto& command : group.commands)
        batch.Put(database_->commands.get(), slice(keys::uuid(command.id)),
                  values::known_command(command.id, command.known));
    for (const auto& [id, position] : group.event_ids)
        batch.Put(database_->event_ids.get(), slice(keys::uuid(id)), slice(values::Number{position.value}.view()));
    for (const auto& tag : group.tags) batch.Put(database_->tags.get(), keys::tag(tag.tag, tag.position), tag.type);
    for (const auto& node : group.tree_nodes)
        batch.Put(database_->tree.get(), slice(keys::tree_node(node.level, node.index).view()),
                  slice(bytes_of(node.hash)));
    for (const auto& [stream, snapshot] : group.snapshots)
        batch.Put(database_->snapshots.get(), stream, values::snapshot(stream, snapshot));

    batch.Put(database_->fallback.get(), slice(keys::groups), values::groups(database_->written_up_to.groups + 1));

    if (auto done = database_->write(true, batch); !done) return done;
    if (!group.entries.empty()) {
        const auto& last = group.entries.back();
        database_->written_up_to.position = last.position;
        database_->written_up_to.chain_hash = record::view_sealed(last.record).chain_hash;
    }
    ++database_->written_up_to.groups;
    auto done = database_->head_file->write(database_->written_up_to);
    if (!done) database_->failed = true;
    return done;
}

std::optional<StreamHead> RocksLog::find_stream(std::string_view name) const {
    const auto value = database_->get(*database_->streams, name, "reading the stream names");
    if (!value) return std::nullopt;
    const StreamNumber number{values::to_number(*value, "a stream number")};
    return StreamHead{number, database_->last_version(number)};
}

std::optional<KnownCommand> RocksLog::find_command(const Uuid& id) const {
    const auto value = database_->get(*database_->commands, keys::uuid(id), "reading the command index");
    if (!value) return std::nullopt;
    return values::to_known_command(id, *value);
}

std::optional<Position> RocksLog::find_event_id(const Uuid& id) const {
    const auto value = database_->get(*database_->event_ids, keys::uuid(id), "reading the event ids");
    if (!value) return std::nullopt;
    return Position{values::to_number(*value, "an entry of the event ids")};
}

namespace {

void visit_log(rdb::Iterator& it, Position from, const LogStorage::Visit& visit) {
    const auto first = keys::event(from);
    if (from == Position{0})
        it.SeekToFirst();  // also a damaged key before the first position
    else
        it.Seek(slice(first.view()));
    for (; it.Valid(); it.Next())
        if (!visit(decode_event_key(it.key()), view(it.value()))) return;
    require(it.status(), "reading the log");
}

}  // namespace

void RocksLog::scan_log(Position from, const Visit& visit) const {
    visit_log(*database_->iterate(*database_->events), from, visit);
}

void RocksLog::scan_log_once(Position from, const Visit& visit) const {
    visit_log(*database_->iterate(*database_->events, false), from, visit);
}

void RocksLog::scan_log_back(Position from, const Visit& visit) const {
    const auto it = database_->iterate(*database_->events);
    for (it->SeekForPrev(slice(keys::event(from).view())); it->Valid(); it->Prev())
        if (!visit(decode_event_key(it->key()), view(it->value()))) return;
    require(it->status(), "reading the log");
}

void RocksLog::scan_stream(StreamNumber stream, Version from, const Visit& visit) const {
    const auto it = database_->iterate(*database_->stream_versions);
    it->Seek(slice(keys::stream_version(stream, from).view()));
    database_->visit_stream(*it, stream, visit, [](rdb::Iterator& at) { at.Next(); });
}

void RocksLog::scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const {
    const auto it = database_->iterate(*database_->stream_versions);
    it->SeekForPrev(slice(keys::stream_version(stream, from).view()));
    database_->visit_stream(*it, stream, visit, [](rdb::Iterator& at) { at.Prev(); });
}

std::optional<std::string> RocksLog::last_stream(std::string_view prefix) const {
    const auto beyond = std::string{prefix} + '\x7f';  // names are of printable characters
    const auto it = database_->iterate(*database_->streams);
    it->SeekForPrev(slice(beyond));
    require(it->status(), "reading the stream names");
    if (!it->Valid() || !view(it->key()).starts_with(prefix)) return std::nullopt;
    return std::string{view(it->key())};
}

void RocksLog::scan_streams(std::string_view prefix,
                            const std::function<bool(std::string_view, StreamHead)>& visit) const {
    const auto it = database_->iterate(*database_->streams);
    for (it->Seek(slice(prefix)); it->Valid() && view(it->key()).starts_with(prefix); it->Next()) {
        const StreamNumber number{values::to_number(view(it->value()), "a stream number")};
        if (!visit(view(it->key()), {number, database_->last_version(number)})) return;
    }
    require(it->status(), "reading the stream names");
}

void RocksLog::scan_index(const std::function<bool(StreamNumber, Version, Position)>& visit) const {
    const auto it = database_->iterate(*database_->stream_versions);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const Position position{values::to_number(view(it->value()), "an entry of the stream index")};
        const auto [stream, version] = decode_index_key(it->key());
        if (!visit(stream, version, position)) return;
    }
    require(it->status(), "reading the stream index");
}

void RocksLog::scan_commands(const std::function<bool(const Uuid&, const KnownCommand&)>& visit) const {
    const auto it = database_->iterate(*database_->commands);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto id = values::to_uuid(view(it->key()), "a command id");
        if (!visit(id, values::to_known_command(id, view(it->value())))) return;
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
        if (!visit(values::to_uuid(view(it->key()), "an event id"),
                   Position{values::to_number(view(it->value()), "an entry of the event ids")}))
            return;
    require(it->status(), "reading the event ids");
}

std::optional<Hash> RocksLog::find_tree_node(unsigned level, std::uint64_t index) const {
    const auto value = database_->get(*database_->tree, keys::tree_node(level, index).view(), "reading the tree");
    if (!value) return std::nullopt;
    return values::to_hash(*value);
}

void RocksLog::scan_tree(const std::function<bool(const TreeNode&)>& visit) const {
    const auto it = database_->iterate(*database_->tree);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto key = view(it->key());
        if (key.size() != 9) throw StorageError("a node of the tree has a key of the wrong length");
        if (!visit({keys::tree_node_level(key), keys::tree_node_index(key), values::to_hash(view(it->value()))}))
            return;
    }
    require(it->status(), "reading the tree");
}

std::expected<void, std::string> RocksLog::put_snapshot(std::string_view stream, const Snapshot& snapshot) {
    rdb::WriteBatch batch;
    batch.Put(database_->snapshots.get(), slice(stream), values::snapshot(stream, snapshot));
    return database_->write(false, batch);
}

std::optional<Snapshot> RocksLog::get_snapshot(std::string_view stream) const {
    const auto value = database_->get(*database_->snapshots, stream, "reading a snapshot");
    if (!value) return std::nullopt;
    return values::to_snapshot(stream, *value);
}

std::expected<void, std::string> RocksLog::delete_snapshot(std::string_view stream) {
    rdb::WriteBatch batch;
    batch.Delete(database_->snapshots.get(), slice(stream));
    return database_->write(false, batch);
}

void RocksLog::scan_snapshots(const std::function<bool(const StoredSnapshot&)>& visit) const {
    const auto it = database_->iterate(*database_->snapshots);
    for (it->SeekToFirst(); it->Valid(); it->Next())
        if (const auto snapshot = values::to_snapshot(view(it->key()), view(it->value())))
            if (!visit({std::string{view(it->key())}, *snapshot})) return;
    require(it->status(), "reading the snapshots");
}

std::expected<void, std::string> RocksLog::put_checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint) {
    rdb::WriteBatch batch;
    batch.Put(database_->checkpoints.get(), slice(name), values::checkpoint(name, checkpoint));
    return database_->write(false, batch);
}

std::optional<ReaderCheckpoint> RocksLog::get_checkpoint(std::string_view name) const {
    const auto value = database_->get(*database_->checkpoints, name, "reading a checkpoint");
    if (!value) return std::nullopt;
    return values::to_checkpoint(name, *value);
}

void RocksLog::scan_checkpoints(
    const std::function<bool(std::string_view name, const ReaderCheckpoint&)>& visit) const {
    const auto it = database_->iterate(*database_->checkpoints);
    for (it->SeekToFirst(); it->Valid(); it->Next())
        if (!visit(view(it->key()), values::to_checkpoint(view(it->key()), view(it->value())))) return;
    require(it->status(), "reading the checkpoints");
}

}  // namespace sillok
