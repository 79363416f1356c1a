// A RocksDB file system in memory. A reboot loses everything that was not synced, and one chosen operation can fail.
//
// Durability: a file's bytes are durable up to its last sync. After a failed sync the bytes of that sync never become
//             durable, even if a later sync succeeds (Linux behaves like this). Creating, renaming or removing a file
//             is durable after a sync of its directory; a directory after a sync of its parent. A file that is
//             overwritten in place keeps the bytes of its last sync.
// Operations: writes, syncs, creations, renames, removals, truncations, and making or syncing a directory are numbered
//             from 1. Reads and closes change nothing and have no number.
// Faults:     one operation fails, see Fault. RocksDB's info log is discarded, so it cannot fail.
// Threads:    any thread may call any member except reboot(). REQUIRES of reboot(): no file is open.
#pragma once

#include "eventstore/base/mutex.hpp"

#include <rocksdb/file_system.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

enum class Operation { write, sync, create, rename, remove, truncate, make_directory, sync_directory };

std::string_view name(Operation operation);

struct Fault {
    enum class Kind {
        none,
        stop,           // this operation and all later ones fail: power failure, or the process has ended
        torn_write,     // like stop, and only a part of the write reaches the disk
        bit_flip,       // the write changes one bit
        io_error,       // the operation fails once; a write has written its first half
        no_space_once,  // a write or creation finds no space once
        no_space,       // this and every later write or creation finds no space, until the reboot
    };
    Kind kind = Kind::none;
    std::uint64_t at = 0;

    // Returns whether this kind of operation can fail in this way.
    [[nodiscard]] bool concerns(Operation operation) const;
};

class SimulatedFileSystem final : public rocksdb::FileSystem {
   public:
    SimulatedFileSystem();
    ~SimulatedFileSystem() override;

    void will_fail(Fault fault);
    [[nodiscard]] bool has_failed() const;
    [[nodiscard]] bool is_on() const;
    // All operations so far; index 0 is operation 1.
    [[nodiscard]] std::vector<Operation> operations() const;

    // Blocks every write from hold() until release(). Commits proposed meanwhile share the next group.
    void hold();
    // Returns false when no write is blocked within the time.
    bool somebody_waits(std::chrono::milliseconds within);
    void release();

    enum class Survives {
        synced,            // power failure
        synced_and_names,  // power failure just after the file system wrote its own journal
        everything,        // only the process ended
    };
    void reboot(Survives survives);
    // Returns the disk that a reboot at this moment would find. This one goes on: a process that still uses it can end
    // in order, and changes nothing in the other.
    [[nodiscard]] std::shared_ptr<SimulatedFileSystem> after_reboot(Survives survives) const;

    // The current bytes of a file. REQUIRES: it exists.
    [[nodiscard]] std::string bytes_of(const std::string& path) const;
    void overwrite(const std::string& path, std::string bytes);
    [[nodiscard]] std::vector<std::string> files() const;

    [[nodiscard]] const char* Name() const override { return "SimulatedFileSystem"; }

    using Status = rocksdb::IOStatus;
    using Options = rocksdb::IOOptions;
    using FileOptions = rocksdb::FileOptions;
    using Debug = rocksdb::IODebugContext;
    Status NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, Debug*) override;
    Status NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result, Debug*) override;
    Status NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) override;
    Status ReopenWritableFile(const std::string& path, const FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* result, Debug*) override;
    Status NewRandomRWFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* result, Debug*) override;
    Status NewDirectory(const std::string& path, const Options&, std::unique_ptr<rocksdb::FSDirectory>* result,
                        Debug*) override;
    Status FileExists(const std::string& path, const Options&, Debug*) override;
    Status GetChildren(const std::string& path, const Options&, std::vector<std::string>* result, Debug*) override;
    Status DeleteFile(const std::string& path, const Options&, Debug*) override;
    Status Truncate(const std::string& path, std::size_t size, const Options&, Debug*) override;
    Status CreateDir(const std::string& path, const Options&, Debug*) override;
    Status CreateDirIfMissing(const std::string& path, const Options&, Debug*) override;
    Status DeleteDir(const std::string& path, const Options&, Debug*) override;
    Status GetFileSize(const std::string& path, const Options&, std::uint64_t* size, Debug*) override;
    Status GetFileModificationTime(const std::string& path, const Options&, std::uint64_t* time, Debug*) override;
    Status RenameFile(const std::string& from, const std::string& to, const Options&, Debug*) override;
    Status LockFile(const std::string& path, const Options&, rocksdb::FileLock** lock, Debug*) override;
    Status UnlockFile(rocksdb::FileLock* lock, const Options&, Debug*) override;
    Status GetTestDirectory(const Options&, std::string* path, Debug*) override;
    Status NewLogger(const std::string& path, const Options&, std::shared_ptr<rocksdb::Logger>* result,
                     Debug*) override;
    Status GetAbsolutePath(const std::string& path, const Options&, std::string* result, Debug*) override;
    Status GetFreeSpace(const std::string& path, const Options&, std::uint64_t* bytes, Debug*) override;
    Status IsDirectory(const std::string& path, const Options&, bool* result, Debug*) override;

   private:
    struct File;
    class Reader;
    class Appender;
    class Overwriter;
    class Directory;
    class Lock;
    using FileHandle = std::shared_ptr<File>;
    using Names = std::map<std::string, FileHandle>;

    static FileHandle renewed(const File& file, Survives survives, bool torn);
    Status count(Operation operation) SILLOK_REQUIRES(mutex_);
    [[nodiscard]] bool now(Fault::Kind kind) const SILLOK_REQUIRES(mutex_);
    void wait_while_held(MutexLock& lock) SILLOK_REQUIRES(mutex_);
    [[nodiscard]] std::string torn(const File& file, std::size_t at, std::string_view bytes) const
        SILLOK_REQUIRES(mutex_);
    Status write(File& file, std::size_t at, std::string_view bytes) SILLOK_REQUIRES(mutex_);
    Status sync(File& file) SILLOK_REQUIRES(mutex_);
    Status truncate(File& file, std::size_t size) SILLOK_REQUIRES(mutex_);
    Status create(const std::string& path, FileHandle& created) SILLOK_REQUIRES(mutex_);
    Status find(const std::string& path, FileHandle& found) const SILLOK_REQUIRES(mutex_);
    Status sync_directory(const std::string& path) SILLOK_REQUIRES(mutex_);

    mutable Mutex mutex_;
    // The current names, and the names that would survive a power failure.
    Names names_ SILLOK_GUARDED_BY(mutex_);
    Names durable_names_ SILLOK_GUARDED_BY(mutex_);
    std::set<std::string> directories_ SILLOK_GUARDED_BY(mutex_);
    std::set<std::string> durable_directories_ SILLOK_GUARDED_BY(mutex_);
    std::set<std::string> locked_ SILLOK_GUARDED_BY(mutex_);
    std::vector<Operation> operations_ SILLOK_GUARDED_BY(mutex_);
    Fault fault_ SILLOK_GUARDED_BY(mutex_);
    bool failed_ SILLOK_GUARDED_BY(mutex_) = false;  // the fault has happened
    bool stopped_ SILLOK_GUARDED_BY(mutex_) = false;
    FileHandle torn_ SILLOK_GUARDED_BY(mutex_);
    bool held_ SILLOK_GUARDED_BY(mutex_) = false;
    bool somebody_waits_ SILLOK_GUARDED_BY(mutex_) = false;
    Condition changed_;
};

}  // namespace sillok
