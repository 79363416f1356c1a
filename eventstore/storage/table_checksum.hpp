// The checksum that RocksDB keeps for each table file: the CRC-32C of RocksDB's GetFileChecksumGenCrc32cFactory(),
// under the same names, so that either can read the other's. Debian's RocksDB computes it without the processor's
// instruction, eight times slower.
#pragma once

#include <rocksdb/file_checksum.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace sillok {

// Threads: any thread may use the factory; each generator is used by one thread.
std::shared_ptr<rocksdb::FileChecksumGenFactory> table_checksums();

// The CRC-32C in a checksum that RocksDB keeps under this name. Nothing: it is another one, or none.
std::optional<std::uint32_t> kept_checksum(std::string_view checksum, std::string_view name);

}  // namespace sillok
