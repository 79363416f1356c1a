// The checksum that RocksDB keeps for each table file: the CRC-32C of RocksDB's GetFileChecksumGenCrc32cFactory(),
// under the same names, so that either can read the other's. Debian's RocksDB computes it without the processor's
// instruction, eight times slower.
#pragma once

#include <rocksdb/file_checksum.h>

#include <memory>

namespace sillok {

// Threads: any thread may use the factory; each generator is used by one thread.
std::shared_ptr<rocksdb::FileChecksumGenFactory> table_checksums();

}  // namespace sillok
