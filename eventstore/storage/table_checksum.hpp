// The checksum of a whole table, which RocksDB keeps beside its name: the CRC-32C that RocksDB's own
// GetFileChecksumGenCrc32cFactory() makes, under the same names, so that either reads what the other wrote. Debian's
// RocksDB computes it by table, eight times slower than the processor's instruction.
#pragma once

#include <rocksdb/file_checksum.h>

#include <memory>

namespace sillok {

// Threads: what it makes belongs to one each.
std::shared_ptr<rocksdb::FileChecksumGenFactory> table_checksums();

}  // namespace sillok
