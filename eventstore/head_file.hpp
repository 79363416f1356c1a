// How far the log was acknowledged: a few bytes beside the database, rewritten after every synced write.
//
// The database cannot tell a log whose end was cut off from one that never had it: the last entries of its
// write-ahead log may rightly be torn. This file can. It is written after the events are durable and is not
// synced itself, so it may lag behind after a power failure but never runs ahead.
#pragma once

#include "eventstore/event.hpp"

#include <expected>
#include <filesystem>
#include <string>

namespace sillok {

// The log held this position with this chain hash, durably.
struct Acknowledged {
    Position position;
    Hash chain_hash{};
    friend bool operator==(const Acknowledged&, const Acknowledged&) = default;
};

// Threads: one at a time.
class HeadFile {
   public:
    // The error is one sentence for people; nothing was changed then.
    static std::expected<Acknowledged, std::string> read(const std::filesystem::path& path);
    // Opens the file for writing, made anew where there is none.
    static std::expected<HeadFile, std::string> open(const std::filesystem::path& path);

    HeadFile(HeadFile&& other) noexcept;
    HeadFile& operator=(HeadFile&& other) noexcept;
    ~HeadFile();

    std::expected<void, std::string> write(const Acknowledged& acknowledged);

   private:
    explicit HeadFile(int file) : file_(file) {}
    int file_ = -1;
};

}  // namespace sillok
