// What every user of RocksDB here needs: bytes to and from its slices, a failed call as an exception, and a database
// that writes no log files of its own.
#pragma once

#include "eventstore/storage/log_storage.hpp"

#include <rocksdb/env.h>
#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <cstdarg>
#include <string>
#include <string_view>

namespace sillok {

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// Throws StorageError unless `status` is fine; `doing` says what was tried.
inline void require(const rocksdb::Status& status, std::string_view doing) {
    if (!status.ok()) throw StorageError(std::string{doing} + ": " + status.ToString());
}

// RocksDB writes notes of its own into the directory unless it is given another place for them. With them a directory
// that cannot be opened would not be left as it was.
class NoNotes final : public rocksdb::Logger {
   public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

}  // namespace sillok
