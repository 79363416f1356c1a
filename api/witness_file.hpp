// WITNESS, a file beside the log's directory: which log is kept there, and up to where it is known to be durable.
//
// HEAD knows it more exactly, but lies in the log's directory. Where that directory is lost, or an older one put into
// its place, HEAD goes with it. This file stays and says so.
//
// Bytes:   two lines of 256 bytes, written alternately, each with a checksum. The line with the higher count counts. So
//          a write that a power failure interrupts damages at most the line that is being written.
// Disk:    written in place about once a second while there is something new, and synced when the server starts and
//          stops. It may be behind the log, and is never ahead of what is durable.
// Threads: one at a time.
#pragma once

#include "eventstore/base/sha256.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/log_identity.hpp"
#include "eventstore/position.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace sillok {

struct KnownEnd {
    Uuid log_id;
    Epoch epoch = first_epoch;
    Position position;     // the last one known to be durable
    Hash chain_hash{};     // of the event there
    bool stopped = false;  // the server was stopped in order after that
    friend bool operator==(const KnownEnd&, const KnownEnd&) = default;
};

class WitnessFile {
   public:
    // Nothing if there is no file. The error is one sentence for people: no line of it can be read.
    static std::expected<std::optional<KnownEnd>, std::string> read(const std::filesystem::path& path);
    // Makes the file if it is missing. Keeps what it says.
    static std::expected<WitnessFile, std::string> open(const std::filesystem::path& path);

    WitnessFile(WitnessFile&& other) noexcept;
    WitnessFile& operator=(WitnessFile&& other) noexcept;
    ~WitnessFile();

    enum class Sync : bool { no, yes };
    std::expected<void, std::string> write(const KnownEnd& end, Sync sync);

   private:
    WitnessFile(std::filesystem::path path, int file, std::uint64_t count)
        : path_(std::move(path)), file_(file), count_(count) {}

    std::filesystem::path path_;
    int file_ = -1;
    std::uint64_t count_ = 0;  // of writes, ever
};

}  // namespace sillok
