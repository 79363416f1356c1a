#include "projections/engine/read_model_database.hpp"

#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/parse_number.hpp"
#include "eventstore/storage/rocks_notes.hpp"
#include "projections/engine/read_model_keys.hpp"

#include <rocksdb/filter_policy.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace sillok {

namespace rdb = rocksdb;
namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 3> parts{"rows", "index", "state"};

rdb::ColumnFamilyOptions family_options(std::string_view family, const std::shared_ptr<rdb::Cache>& cache) {
    rdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 8u << 10;
    table.format_version = 5;
    rdb::ColumnFamilyOptions options;
    options.write_buffer_size = 32u << 20;
    options.arena_block_size = 256u << 10;  // fifteen families with little data should take little
    options.max_write_buffer_number = 4;
    options.compression = rdb::kLZ4Compression;
    // A flush is small beside the tables that it is merged into: merging more at once writes less.
    options.level0_file_num_compaction_trigger = 10;
    options.level0_slowdown_writes_trigger = 30;
    options.level0_stop_writes_trigger = 50;
    // A new row's key, and its entry in an index by age, mostly stand beside the one before. So the search for their
    // place in memory begins there; in an index, for each of its numbers.
    if (family.ends_with(".rows"))
        options.memtable_insert_with_hint_prefix_extractor.reset(rdb::NewFixedPrefixTransform(0));
    if (family.ends_with(".index"))
        options.memtable_insert_with_hint_prefix_extractor.reset(rdb::NewFixedPrefixTransform(1));
    if (family.ends_with(".rows")) {  // read by key, and often for a key that is not there yet
        table.filter_policy.reset(rdb::NewBloomFilterPolicy(10));
        options.memtable_whole_key_filtering = true;
        options.memtable_prefix_bloom_size_ratio = 0.02;
    }
    options.table_factory.reset(rdb::NewBlockBasedTableFactory(table));
    return options;
}

rdb::DBOptions database_options(rdb::Env& disk) {
    rdb::DBOptions options;
    options.env = &disk;
    options.atomic_flush = true;
    options.allow_concurrent_memtable_write = false;  // required by memtable_insert_with_hint
    options.paranoid_checks = true;
    options.db_write_buffer_size = 96u << 20;
    options.max_background_jobs = 2;
    options.max_file_opening_threads = 1;  // there are few files, and RocksDB would start 15 threads for each family
    options.info_log = std::make_shared<NoNotes>();
    return options;
}

// What the system said. RocksDB puts its own words and the path before that.
std::string reason(const rdb::Status& status) {
    const auto text = status.ToString();
    const auto last = text.rfind(": ");
    return last == std::string::npos ? text : text.substr(last + 2);
}

rdb::Status make_directories(rdb::Env& disk, const fs::path& directory) {
    const auto parent = directory.parent_path();
    if (!parent.empty() && parent != directory && disk.FileExists(parent.string()).IsNotFound())
        if (auto made = make_directories(disk, parent); !made.ok()) return made;
    return disk.CreateDirIfMissing(directory.string());
}

// Reads the file FORMAT. Returns an error when the directory is not for this program.
std::expected<void, std::string> check_format(rdb::Env& disk, const fs::path& directory) {
    std::string text;
    const auto status = rdb::ReadFileToString(&disk, (directory / read_model_keys::format_file).string(), &text);
    std::istringstream file{text};
    std::string word;
    unsigned version = 0;
    if (!status.ok() || !(file >> word >> version) || word != read_model_keys::format_word)
        return std::unexpected("is not a directory of read models");
    if (version > read_model_keys::format_version)
        return std::unexpected("has format " + std::to_string(version) + ", newer than this program's " +
                               std::to_string(read_model_keys::format_version));
    return {};
}

// Makes the directory with its file FORMAT, before anything else is in it.
std::expected<void, std::string> prepare(rdb::Env& disk, const fs::path& directory) {
    if (const auto made = make_directories(disk, directory); !made.ok())
        return std::unexpected("cannot be made: " + reason(made));
    const auto text =
        std::string{read_model_keys::format_word} + ' ' + std::to_string(read_model_keys::format_version) + '\n';
    const auto path = (directory / read_model_keys::format_file).string();
    if (const auto written = rdb::WriteStringToFile(&disk, text, path, true); !written.ok())
        return std::unexpected("cannot be written: " + reason(written));
    return {};
}

std::expected<void, std::string> prepare_or_check(rdb::Env& disk, const fs::path& directory,
                                                  ReadModelDatabase::Mode mode) {
    bool is_directory = false;
    const bool there = disk.FileExists(directory.string()).ok();
    if (there)
        if (const auto looked = disk.IsDirectory(directory.string(), &is_directory); !looked.ok())
            return std::unexpected("cannot be read: " + reason(looked));
    if (there && !is_directory) return std::unexpected("is not a directory");
    std::vector<std::string> files;
    if (there)
        if (const auto read = disk.GetChildren(directory.string(), &files); !read.ok())
            return std::unexpected("cannot be read: " + reason(read));
    if (!files.empty()) return check_format(disk, directory);
    if (mode != ReadModelDatabase::Mode::create) return std::unexpected(there ? "is empty" : "does not exist");
    return prepare(disk, directory);
}

std::string sentence(const rdb::Status& status) {
    const auto text = status.ToString();
    if (status.IsIOError() && text.find("lock") != std::string::npos) return "is in use by another process";
    if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound() || status.IsPathNotFound())
        return "is damaged (" + text + "); delete it and it is built again from the log";
    return "cannot be opened: " + text;
}

bool has_tables(rdb::Env& disk, const fs::path& directory) {
    std::vector<std::string> files;
    require(disk.GetChildren(directory.string(), &files), "listing " + directory.string());
    return std::ranges::any_of(files, [](const std::string& file) { return file.ends_with(".sst"); });
}

// "order_history.7.rows" -> 7
std::optional<std::uint64_t> build_number_of(std::string_view family) {
    const auto first = family.find('.');
    const auto last = family.rfind('.');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    return parse_number<std::uint64_t>(family.substr(first + 1, last - first - 1));
}

// Opens the database for reading only, so that damage is found before anything is changed. In particular, a manifest
// that was cut short looks whole to RocksDB, only older; opening it for writing would delete the files that it no
// longer names.
std::expected<void, std::string> probe(const fs::path& directory, const rdb::DBOptions& options,
                                       const std::vector<rdb::ColumnFamilyDescriptor>& families) {
    auto& disk = *options.env;
    rdb::FileLock* lock = nullptr;
    if (const auto status = disk.LockFile((directory / "LOCK").string(), &lock); !status.ok())
        return std::unexpected(sentence(status));
    std::vector<rdb::ColumnFamilyHandle*> handles;
    rdb::DB* opened = nullptr;
    const auto status = rdb::DB::OpenForReadOnly(options, directory.string(), families, &handles, &opened);
    const std::unique_ptr<rdb::DB> db{opened};
    bool names_something = false;
    for (auto* handle : handles) {
        const std::unique_ptr<rdb::ColumnFamilyHandle> owned{handle};
        if (handle->GetName() != rdb::kDefaultColumnFamilyName) continue;
        const std::unique_ptr<rdb::Iterator> it{db->NewIterator({}, handle)};
        it->Seek(read_model_keys::active(""));
        names_something = it->Valid();
    }
    disk.UnlockFile(lock);
    if (!status.ok()) return std::unexpected(sentence(status));
    // The first name is written before the first row, and never goes.
    if (!names_something && has_tables(disk, directory))
        return std::unexpected(sentence(rdb::Status::Corruption("it names none of what it holds")));
    return {};
}

std::string encode_active(const Build& build) {
    std::string value(12, '\0');
    put_little_endian(value.data(), build.number);
    put_little_endian(value.data() + 8, build.version);
    return value;
}

}  // namespace

std::expected<std::unique_ptr<ReadModelDatabase>, std::string> ReadModelDatabase::open(const fs::path& directory,
                                                                                       Mode mode, rdb::Env* env) {
    auto& disk = env != nullptr ? *env : *rdb::Env::Default();
    const bool is_made_here = env == nullptr && mode == Mode::create && !fs::exists(directory);
    const auto refuse = [&](const std::string& why) {
        std::error_code ignored;  // what stays is taken up by the next opening
        if (is_made_here) fs::remove_all(directory, ignored);
        return std::unexpected("the read models' directory " + directory.string() + " " + why);
    };
    if (auto ready = prepare_or_check(disk, directory, mode); !ready) return refuse(ready.error());

    auto options = database_options(disk);
    options.create_if_missing = mode == Mode::create;
    const bool is_new = !disk.FileExists((directory / "CURRENT").string()).ok();
    std::vector<std::string> names;
    if (const auto status = rdb::DB::ListColumnFamilies(options, directory.string(), &names); !status.ok()) {
        // Nothing but FORMAT is there: the first opening was cut short, or this is it.
        if (mode != Mode::create || !is_new || has_tables(disk, directory)) return refuse(sentence(status));
        names = {rdb::kDefaultColumnFamilyName};
    }
    const auto cache = rdb::NewLRUCache(32u << 20);
    std::vector<rdb::ColumnFamilyDescriptor> families;
    families.reserve(names.size());
    for (const auto& name : names) families.emplace_back(name, family_options(name, cache));
    if (mode != Mode::read_only && !is_new)
        if (auto whole = probe(directory, options, families); !whole) return refuse(whole.error());

    std::vector<rdb::ColumnFamilyHandle*> handles;
    rdb::DB* db = nullptr;
    const auto status = mode == Mode::read_only
                            ? rdb::DB::OpenForReadOnly(options, directory.string(), families, &handles, &db)
                            : rdb::DB::Open(options, directory.string(), families, &handles, &db);
    if (!status.ok()) return refuse(sentence(status));

    std::unique_ptr<ReadModelDatabase> database{new ReadModelDatabase};
    database->read_only_ = mode == Mode::read_only;
    database->cache_ = cache;
    database->db_.reset(db);
    const MutexLock lock{database->mutex_};
    for (auto* handle : handles) {
        if (handle->GetName() == rdb::kDefaultColumnFamilyName) {
            database->names_.reset(handle);
            continue;
        }
        if (const auto number = build_number_of(handle->GetName()))
            database->next_build_ = std::max(database->next_build_, *number + 1);
        database->untaken_[handle->GetName()].reset(handle);
    }
    return database;
}

ReadModelDatabase::~ReadModelDatabase() {
    untaken_.clear();  // handles go before the database, as it demands
    names_.reset();
    db_.reset();  // flushes what is not on disk yet, all families together
}

std::unique_ptr<Build> ReadModelDatabase::take_active(std::string_view model) {
    const auto value = get(*names_, read_model_keys::active(model));
    if (!value) return nullptr;
    if (value->size() != 12) throw StorageError("the entry of " + std::string{model} + " has the wrong length");
    auto build = std::make_unique<Build>();
    build->model = model;
    build->number = get_little_endian<std::uint64_t>(value->data());
    build->version = get_little_endian<std::uint32_t>(value->data() + 8);
    std::array<std::unique_ptr<rdb::ColumnFamilyHandle>, parts.size()> handles;
    const MutexLock lock{mutex_};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto family = read_model_keys::family(model, build->number, parts[i]);
        auto found = untaken_.extract(family);
        if (found.empty()) throw StorageError("column family " + family + " is missing");
        handles[i] = std::move(found.mapped());
    }
    build->rows = std::move(handles[0]);
    build->index = std::move(handles[1]);
    build->state = std::move(handles[2]);
    return build;
}

std::unique_ptr<Build> ReadModelDatabase::create(std::string_view model, std::uint32_t version) {
    auto build = std::make_unique<Build>();
    build->model = model;
    build->version = version;
    {
        const MutexLock lock{mutex_};
        build->number = next_build_++;
    }
    std::vector<rdb::ColumnFamilyDescriptor> families;
    for (const auto part : parts) {
        const auto family = read_model_keys::family(model, build->number, part);
        families.emplace_back(family, family_options(family, cache_));
    }
    std::vector<rdb::ColumnFamilyHandle*> handles;
    require(db_->CreateColumnFamilies(families, &handles), "making column families of " + build->model);
    build->rows.reset(handles[0]);
    build->index.reset(handles[1]);
    build->state.reset(handles[2]);
    return build;
}

void ReadModelDatabase::activate(const Build& build, bool durably) {
    rdb::WriteBatch batch;
    batch.Put(names_.get(), read_model_keys::active(build.model), encode_active(build));
    write(batch);
    // The name and what it names reach the disk in one step, or neither does.
    if (durably)
        require(db_->Flush({}, {names_.get(), build.rows.get(), build.index.get(), build.state.get()}),
                "putting " + build.model + " into use");
}

void ReadModelDatabase::drop(std::unique_ptr<Build> build) {
    require(db_->DropColumnFamilies({build->rows.get(), build->index.get(), build->state.get()}),
            "dropping column families of " + build->model);
}

void ReadModelDatabase::drop_leftovers() {
    const MutexLock lock{mutex_};
    if (untaken_.empty()) return;
    std::vector<rdb::ColumnFamilyHandle*> handles;
    handles.reserve(untaken_.size());
    for (const auto& [name, handle] : untaken_) handles.push_back(handle.get());
    require(db_->DropColumnFamilies(handles), "dropping column families that are not in use");
    untaken_.clear();
}

void ReadModelDatabase::write(rdb::WriteBatch& batch) {
    rdb::SetPerfLevel(rdb::PerfLevel::kDisable);  // RocksDB counts every comparison; nobody reads that
    rdb::WriteOptions options;
    options.disableWAL = true;
    require(db_->Write(options, &batch), "writing read models");
}

void ReadModelDatabase::flush() {
    // Flush() takes the column families it is given; this call takes all of them, in one step.
    std::vector<std::string> files;
    std::uint64_t manifest_bytes = 0;
    require(db_->GetLiveFiles(files, &manifest_bytes, true), "flushing read models");
}

rdb::ManagedSnapshot ReadModelDatabase::snapshot() const { return rdb::ManagedSnapshot{db_.get()}; }

std::optional<std::string> ReadModelDatabase::get(rdb::ColumnFamilyHandle& family, std::string_view key) const {
    std::string value;
    const auto status = db_->Get({}, &family, slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) require(status, "reading " + family.GetName());
    return value;
}

bool ReadModelDatabase::get(rdb::ColumnFamilyHandle& family, std::string_view key, rdb::PinnableSlice& value) const {
    const auto status = db_->Get({}, &family, slice(key), &value);
    if (status.IsNotFound()) return false;
    if (!status.ok()) require(status, "reading " + family.GetName());
    return true;
}

std::vector<rdb::PinnableSlice> ReadModelDatabase::get_all(rdb::ColumnFamilyHandle& family,
                                                           const std::vector<std::string>& keys,
                                                           const rdb::Snapshot* at) const {
    const std::vector<rdb::Slice> slices{keys.begin(), keys.end()};
    std::vector<rdb::PinnableSlice> values(keys.size());
    std::vector<rdb::Status> statuses(keys.size());
    rdb::ReadOptions options;
    options.snapshot = at;
    db_->MultiGet(options, &family, keys.size(), slices.data(), values.data(), statuses.data());
    for (const auto& status : statuses)
        if (!status.ok()) require(status, "reading " + family.GetName());
    return values;
}

std::unique_ptr<rdb::Iterator> ReadModelDatabase::iterate(rdb::ColumnFamilyHandle& family,
                                                          const rdb::Snapshot* at) const {
    rdb::ReadOptions options;
    options.snapshot = at;
    return std::unique_ptr<rdb::Iterator>{db_->NewIterator(options, &family)};
}

std::optional<std::uint64_t> ReadModelDatabase::sink_position(std::string_view sink) const {
    const auto value = get(*names_, read_model_keys::sink(sink));
    if (!value) return std::nullopt;
    if (value->size() != 8) throw StorageError("the position of sink " + std::string{sink} + " has the wrong length");
    return get_little_endian<std::uint64_t>(value->data());
}

}  // namespace sillok
