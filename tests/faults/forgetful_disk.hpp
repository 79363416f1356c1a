// A disk in memory that forgets what was never synced, and that fails exactly where it is told to.
//
// Forgets:  a file's bytes are durable up to its last sync; after a sync that failed, the bytes it was for never
//           become durable, whatever is synced later (as Linux has it). That a file exists, has a name or is gone
//           is durable once its directory was synced; so is a directory, by its parent's sync. A file that is
//           overwritten in place keeps what it had at its last sync.
// Counts:   every write, sync, creation, renaming, removal, truncation and making and syncing of a directory, in
//           the order they come, from 1 on. Reading and closing do not count, for they change nothing.
// Fails:    at one of these, see Fault. RocksDB's notes to people (its LOG) are not kept, so they cannot fail.
// Threads:  any thread may call any member but reboot(): REQUIRES: nobody has a file open then.
#pragma once

#include <rocksdb/file_system.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
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
        stop,           // the operation and everything after it fails: no power, or no process any more
        torn_write,     // the same, and of the write only some has got to the disk, synced or not
        bit_flip,       // the write writes one bit that it was not given
        io_error,       // the operation fails, once; of a write, the first half was written
        no_space_once,  // a write or creation finds no space, once
        no_space,       // so does every one from then on, until the reboot
    };
    Kind kind = Kind::none;
    std::uint64_t at = 0;

    // Whether such an operation can fail in this way.
    [[nodiscard]] bool concerns(Operation operation) const;
};

class ForgetfulDisk final : public rocksdb::FileSystem {
   public:
    ForgetfulDisk();
    ~ForgetfulDisk() override;

    void will_fail(Fault fault);
    [[nodiscard]] bool has_failed() const;
    [[nodiscard]] bool is_on() const;
    // Everything counted so far.
    [[nodiscard]] std::vector<Operation> operations() const;

    // Writing waits from hold() on until let_go(): whoever proposes meanwhile shares the next group.
    void hold();
    // False when nobody does in time.
    bool somebody_waits(std::chrono::milliseconds within);
    void let_go();

    enum class Survives {
        synced,            // the power was cut
        synced_and_names,  // the power was cut, but the file system's own journal was written just before
        everything,        // only the process went
    };
    void reboot(Survives survives);

    // What a file holds now. REQUIRES: it exists.
    [[nodiscard]] std::string bytes_of(const std::string& path) const;
    void overwrite(const std::string& path, std::string bytes);
    [[nodiscard]] std::vector<std::string> files() const;

    [[nodiscard]] const char* Name() const override { return "ForgetfulDisk"; }

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

    static FileHandle after_reboot(const File& file, Survives survives, bool torn);
    // REQUIRES of all of these: mutex_ is held.
    Status count(Operation operation);
    [[nodiscard]] bool now(Fault::Kind kind) const;
    void wait_while_held(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] std::string torn(const File& file, std::size_t at, std::string_view bytes) const;
    Status write(File& file, std::size_t at, std::string_view bytes);
    Status sync(File& file);
    Status truncate(File& file, std::size_t size);
    Status create(const std::string& path, FileHandle& created);
    Status find(const std::string& path, FileHandle& found) const;
    Status sync_directory(const std::string& path);

    mutable std::mutex mutex_;
    // What is there (while the power is on), and what would be there without what was never synced.
    Names names_, durable_names_;                              // guarded by mutex_
    std::set<std::string> directories_, durable_directories_;  // guarded by mutex_
    std::set<std::string> locked_;                             // guarded by mutex_
    std::vector<Operation> operations_;                        // guarded by mutex_
    Fault fault_;                                              // guarded by mutex_
    bool failed_ = false;                                      // guarded by mutex_: the fault has happened
    bool stopped_ = false;                                     // guarded by mutex_
    FileHandle torn_;                                          // guarded by mutex_
    bool held_ = false;                                        // guarded by mutex_
    bool somebody_waits_ = false;                              // guarded by mutex_
    std::condition_variable changed_;
};

}  // namespace sillok
