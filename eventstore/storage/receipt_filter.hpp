// The compaction filter of the commands' column family: it takes receipts out of the entries while RocksDB merges their
// files. The entries themselves stay.
// Threads: RocksDB's own.
#pragma once

#include "eventstore/base/uuid.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/rocks_helpers.hpp"
#include "eventstore/storage/value_codec.hpp"

#include <rocksdb/compaction_filter.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace sillok {

class ReceiptFilter final : public rocksdb::CompactionFilter {
   public:
    explicit ReceiptFilter(std::function<bool(const KnownCommand&)> is_over) : is_over_(std::move(is_over)) {}
    const char* Name() const override { return "sillok.receipts"; }
    bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string* without,
                bool* is_changed) const override {
        Uuid id;
        if (key.size() != id.bytes.size()) return false;
        std::ranges::copy(view(key), id.bytes.begin());
        try {
            auto known = values::to_known_command(id, view(value));
            if (known.receipt.empty() || !is_over_(known)) return false;
            known.receipt.clear();
            *without = values::known_command(id, known);
            *is_changed = true;
        } catch (const StorageError&) {
            return false;  // damaged: it stays as it is, to be found
        }
        return false;  // the entry stays
    }

   private:
    const std::function<bool(const KnownCommand&)> is_over_;
};

}  // namespace sillok
