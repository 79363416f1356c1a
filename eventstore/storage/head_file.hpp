// How far the log was acknowledged: a few bytes beside the database, rewritten after every synced write.
//
// The database cannot tell a log whose end was cut off from one that never had it: the last entries of its
// write-ahead log may rightly be torn. This file can. It is written after the events are durable and is not
// synced itself, so it may lag behind after a power failure but never runs ahead.
//
// Bytes:   two copies side by side in one sector, written in turn, so that a torn write spoils one of them at most
//          (values::acknowledged). The one with more groups counts.
// Disk:    made and synced before the database beside it exists; a log without a readable copy is damaged.
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

// The log held this position with this chain hash after so many groups, durably. Groups without an event count,
// too: what was answered to a command must not get lost either.
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
        bool whole = true;          // false: one copy is not readable, so perhaps it was the later one
        std::size_t next_copy = 0;  // the one to be written next: never the only readable one
    };
    // The error is one sentence for people; nothing was changed then.
    static std::expected<Found, std::string> read(rocksdb::FileSystem& disk, const std::filesystem::path& path);
    // A new file that has acknowledged nothing, synced; its name is durable once the directory is.
    static std::expected<void, std::string> create(rocksdb::FileSystem& disk, const std::filesystem::path& path);
    // REQUIRES: read() found something in it.
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
