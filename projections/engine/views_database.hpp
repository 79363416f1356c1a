// The RocksDB directory of the read models, and the generations of column families in it.
//
// Disk:    writes go without a write-ahead log; all column families are flushed together, so what a crash leaves
//          is the state after some earlier write, whole. Closing flushes.
// Threads: any thread may call any member; a generation is written by one thread at a time.
// Errors:  open() reports; after that a disk that fails throws StorageError.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
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

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// One build of one model. REQUIRES: destroyed before the database.
struct Generation {
    std::string model;
    std::uint64_t number = 0;
    std::uint32_t version = 0;  // of the model that wrote it
    std::unique_ptr<rocksdb::ColumnFamilyHandle> rows, index, state;
};

class ViewsDatabase {
   public:
    enum class Mode { create, existing, read_only };
    // The error is one sentence for people; the directory is then as it was.
    static std::expected<std::unique_ptr<ViewsDatabase>, std::string> open(const std::filesystem::path& directory,
                                                                           Mode mode);
    ~ViewsDatabase();
    ViewsDatabase(const ViewsDatabase&) = delete;
    ViewsDatabase& operator=(const ViewsDatabase&) = delete;

    [[nodiscard]] bool read_only() const { return read_only_; }

    // What is in use for a model; nothing when there is none yet. Hands it over: once per model.
    std::unique_ptr<Generation> take_active(std::string_view model);
    // A new one, empty, not in use.
    std::unique_ptr<Generation> create(std::string_view model, std::uint32_t version);
    // Puts it into use with all its rows, in one step, durably where it takes the place of another.
    void activate(const Generation& generation, bool durably);
    // REQUIRES: not in use.
    void drop(std::unique_ptr<Generation> generation);
    // Drops what is not in use and was not taken: left behind by a rebuild that was cut short.
    void drop_leftovers();

    // All or nothing, visible at once, durable with the next flush.
    void write(rocksdb::WriteBatch& batch);

    [[nodiscard]] std::optional<std::string> get(rocksdb::ColumnFamilyHandle& family, std::string_view key) const;
    [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(rocksdb::ColumnFamilyHandle& family,
                                                             const rocksdb::Snapshot* at = nullptr) const;
    [[nodiscard]] rocksdb::DB& rocks() const { return *db_; }

    // The last message that a sink was handed. Survives a crash of the process, but not of the machine.
    [[nodiscard]] std::optional<std::uint64_t> sink_position(std::string_view sink) const;
    void set_sink_position(std::string_view sink, std::uint64_t position);

   private:
    ViewsDatabase() = default;

    std::unique_ptr<rocksdb::ColumnFamilyHandle> take(const std::string& family);

    // Constant after open().
    bool read_only_ = false;
    std::shared_ptr<rocksdb::Cache> cache_;  // of blocks, shared by all families
    std::unique_ptr<rocksdb::DB> db_;
    std::unique_ptr<rocksdb::ColumnFamilyHandle> names_;

    Mutex mutex_;
    // What was there at opening and nobody has taken yet; the number for the next generation.
    std::map<std::string, std::unique_ptr<rocksdb::ColumnFamilyHandle>, std::less<>> untaken_ SILLOK_GUARDED_BY(mutex_);
    std::uint64_t next_generation_ SILLOK_GUARDED_BY(mutex_) = 1;
};

// Throws StorageError unless `status` is fine; `doing` says what was tried.
void require(const rocksdb::Status& status, std::string_view doing);

}  // namespace sillok
