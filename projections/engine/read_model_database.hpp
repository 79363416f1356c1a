// The RocksDB directory of the read models, and their builds in it: three column families each.
//
// Disk:    writes go without a write-ahead log. All column families are flushed together, so a crash leaves the whole
//          state after some earlier write. Closing flushes.
// Threads: any thread may call any member; a build is written by one thread at a time.
// Errors:  open() reports them; after that a disk that fails throws StorageError.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/storage/rocks_helpers.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// One build of one read model: its rows and indexes, and how far they are. REQUIRES: destroyed before the database.
struct Build {
    std::string model;
    std::uint64_t number = 0;
    std::uint32_t version = 0;  // of the model that wrote it
    std::unique_ptr<rocksdb::ColumnFamilyHandle> rows, index, state;
};

class ReadModelDatabase {
   public:
    enum class Mode { create, existing, read_only };
    // The error is one sentence for people; the directory is then as it was. `disk`: where the directory is; nullptr
    // for the machine's own file system. REQUIRES: it outlives the database.
    static std::expected<std::unique_ptr<ReadModelDatabase>, std::string> open(const std::filesystem::path& directory,
                                                                               Mode mode, rocksdb::Env* disk = nullptr);
    ~ReadModelDatabase();
    ReadModelDatabase(const ReadModelDatabase&) = delete;
    ReadModelDatabase& operator=(const ReadModelDatabase&) = delete;

    [[nodiscard]] bool read_only() const { return read_only_; }

    // Returns the build of a model that is in use, once; nothing when there is none yet.
    std::unique_ptr<Build> take_active(std::string_view model);
    // Returns a new build: empty, not in use.
    std::unique_ptr<Build> create(std::string_view model, std::uint32_t version);
    // Puts a build with all its rows into use, in one step. `durably`: it replaces another one.
    void activate(const Build& build, bool durably);
    // REQUIRES: not in use.
    void drop(std::unique_ptr<Build> build);
    // Drops every build that is not in use and was not taken: a rebuild was interrupted.
    void drop_leftovers();

    // All or nothing, visible at once, durable with the next flush.
    void write(rocksdb::WriteBatch& batch);
    // Makes every earlier write durable.
    void flush();

    // What readers see while others write. REQUIRES: destroyed before the database.
    [[nodiscard]] rocksdb::ManagedSnapshot snapshot() const;

    [[nodiscard]] std::optional<std::string> get(rocksdb::ColumnFamilyHandle& family, std::string_view key) const;
    // The same without a copy. Returns false when there is no such key.
    bool get(rocksdb::ColumnFamilyHandle& family, std::string_view key, rocksdb::PinnableSlice& value) const;
    // The values of keys, in their order. REQUIRES: the keys exist in the snapshot.
    [[nodiscard]] std::vector<rocksdb::PinnableSlice> get_all(rocksdb::ColumnFamilyHandle& family,
                                                              const std::vector<std::string>& keys,
                                                              const rocksdb::Snapshot* at) const;
    [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(rocksdb::ColumnFamilyHandle& family,
                                                             const rocksdb::Snapshot* at = nullptr) const;

    // The last message that a sink has taken, as older programs kept it here; it is in the log now.
    [[nodiscard]] std::optional<std::uint64_t> sink_position(std::string_view sink) const;

   private:
    ReadModelDatabase() = default;

    // Constant after open().
    bool read_only_ = false;
    std::shared_ptr<rocksdb::Cache> cache_;  // of blocks, shared by all families
    std::unique_ptr<rocksdb::DB> db_;
    std::unique_ptr<rocksdb::ColumnFamilyHandle> names_;

    Mutex mutex_;
    // The column families found at opening that are not taken yet; the next build's number.
    std::map<std::string, std::unique_ptr<rocksdb::ColumnFamilyHandle>, std::less<>> untaken_ SILLOK_GUARDED_BY(mutex_);
    std::uint64_t next_build_ SILLOK_GUARDED_BY(mutex_) = 1;
};

}  // namespace sillok
