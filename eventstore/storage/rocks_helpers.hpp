// What every user of RocksDB here needs: bytes to and from its slices, and a failed call as an exception or a sentence.
#pragma once

#include "eventstore/storage/log_storage.hpp"

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <string>
#include <string_view>

namespace sillok {

inline rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// "No space left on device: While appending to file: ./data/log/1.log": without the kind of error that RocksDB puts
// before it.
inline std::string sentence_of(const rocksdb::Status& status) {
    if (!status.IsNoSpace() || status.getState() == nullptr) return status.ToString();
    std::string state = status.getState();
    const auto cause = state.rfind(": ");
    if (cause == std::string::npos) return state;
    return state.substr(cause + 2) + ": " + state.substr(0, cause);
}

// Throws StorageError unless `status` is fine; `doing` says what was tried.
inline void require(const rocksdb::Status& status, std::string_view doing) {
    if (!status.ok()) throw StorageError(std::string{doing} + ": " + sentence_of(status));
}

}  // namespace sillok
