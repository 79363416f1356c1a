// The files of RocksDB's write-ahead log: the same bytes as RocksDB would write, with less to wait for.
//
// Prepared: a file that grows has its new size written by every sync, which costs another trip to the disk. So room
//           is prepared ahead, as zeros, and a sync within it has nothing to write but data. What a crash leaves of the
//           room is no record to RocksDB, which reads over zeros; a file that is closed ends where its data end.
//
// Threads: as rocksdb::FileSystem.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>

namespace sillok {

class WalFileSystem final : public rocksdb::FileSystemWrapper {
   public:
    using rocksdb::FileSystemWrapper::FileSystemWrapper;

    [[nodiscard]] const char* Name() const override { return "SillokWalFileSystem"; }
    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* debug) override;
};

// A machine like another, but for these files. REQUIRES: the other outlives it.
class WalEnv final : public rocksdb::EnvWrapper {
   public:
    explicit WalEnv(rocksdb::Env& machine) : EnvWrapper(&machine) {
        file_system_ = std::make_shared<WalFileSystem>(machine.GetFileSystem());
    }
};

}  // namespace sillok
