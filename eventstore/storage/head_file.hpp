// HEAD, a small file beside the database: up to where the log was acknowledged. Rewritten after every synced write.
//
// The database cannot distinguish a log whose end was cut off from one that never had it, because the last entries of a
// write-ahead log may be torn. This file can. It is written after the events are durable and is not synced itself, so
// after a power failure it may lag behind, but it is never ahead.
//
// Bytes:   two adjacent copies in one sector, written alternately, so that a torn write damages only one of them
//          (values::acknowledged). The copy with more groups counts.
// Disk:    created and synced before the database. A log without a readable copy is damaged.
#pragma once

#include "eventstore/event.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

namespace rocksdb {
class FileSystem;
class FSRandomRWFile;
}  // namespace rocksdb

namespace sillok {

// The end of the durable log: the last position with its chain hash, and the number of groups. Groups without events
// count, too, because the receipts of their commands must not be lost.
struct Acknowledged {
    Position position;
    Hash chain_hash{};
    std::uint64_t groups = 0;
    friend bool operator==(const Acknowledged&, const Acknowledged&) = default;
};

// Threads: one at a time.
class HeadFile {
   public:
    struct Found {
        Acknowledged acknowledged;
        bool whole = true;          // false: one copy is damaged, perhaps the later one
        std::size_t next_copy = 0;  // the copy to write next: never the only readable one
    };
    // The error is one sentence for people. Changes nothing.
    static std::expected<Found, std::string> read(rocksdb::FileSystem& disk, const std::filesystem::path& path);
    // Creates a file that has acknowledged nothing, and syncs it. Its name is durable once the directory is synced.
    static std::expected<void, std::string> create(rocksdb::FileSystem& disk, const std::filesystem::path& path);
    // `found` is the result of read().
    static std::expected<HeadFile, std::string> open(rocksdb::FileSystem& disk, const std::filesystem::path& path,
                                                     const Found& found);

    HeadFile(HeadFile&& other) noexcept;
    HeadFile& operator=(HeadFile&& other) noexcept;
    ~HeadFile();

    std::expected<void, std::string> write(const Acknowledged& acknowledged);

   private:
    HeadFile(std::unique_ptr<rocksdb::FSRandomRWFile> file, std::size_t next_copy);

    std::unique_ptr<rocksdb::FSRandomRWFile> file_;
    std::size_t next_copy_;
};

}  // namespace sillok
