// The files of RocksDB's write-ahead log: the same bytes as RocksDB would write, with faster syncs.
//
// Prepared: when a file grows, every sync must also write its new size, which costs another trip to the disk. So zeros
//           are written ahead, and a sync within them writes only data. After a crash RocksDB reads over the zeros that
//           remain. A closed file ends where its data end.
// Threads:  as for rocksdb::FileSystem.
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

// An environment like another one, with these files. REQUIRES: the other one outlives it.
class WalEnv final : public rocksdb::EnvWrapper {
   public:
    explicit WalEnv(rocksdb::Env& machine) : EnvWrapper(&machine) {
        file_system_ = std::make_shared<WalFileSystem>(machine.GetFileSystem());
    }
};

}  // namespace sillok
