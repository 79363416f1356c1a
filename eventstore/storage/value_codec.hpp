// The values of the log on disk (keys.hpp) as bytes. Values that the log itself cannot prove carry a CRC-32C, which
// also covers the key, so that a value is not accepted under another key.
//
// Errors: a damaged value throws StorageError. Optional values that are damaged read as absent.
#pragma once

#include "eventstore/base/byte_order.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/head_file.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sillok::values {

// u64
struct Number {
    explicit Number(std::uint64_t number) { put_little_endian(bytes.data(), number); }
    [[nodiscard]] std::string_view view() const { return {bytes.data(), bytes.size()}; }
    std::array<char, 8> bytes;
};
// `what` names the value in the error.
std::uint64_t to_number(std::string_view value, std::string_view what);

Uuid to_uuid(std::string_view bytes, std::string_view what);
Hash to_hash(std::string_view value);

// u64 first position · u32 events · u32 CRC-32C · receipt. The receipt is not in the log's records.
std::string known_command(const Uuid& id, const KnownCommand& known);
KnownCommand to_known_command(const Uuid& id, std::string_view value);

// u64 fingerprint · u64 version · u64 position · u32 CRC-32C · state
std::string snapshot(std::string_view stream, const Snapshot& snapshot);
std::optional<Snapshot> to_snapshot(std::string_view stream, std::string_view value);  // nothing if damaged

// u32 CRC-32C · u64 seen · u64 each open position
std::string checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint);
ReaderCheckpoint to_checkpoint(std::string_view name, std::string_view value);

// u64 position · 32 chain hash · u64 groups · u32 CRC-32C; further bytes are ignored. In HEAD, and in backups.
constexpr std::size_t acknowledged_bytes = 8 + 32 + 8 + 4;
std::string acknowledged(const Acknowledged& acknowledged);
std::optional<Acknowledged> to_acknowledged(std::string_view value);  // nothing if damaged

// u32 CRC-32C · 16 log id · for each epoch: u64 epoch, u64 position after which it begins
std::string identity(const LogIdentity& identity);
std::optional<LogIdentity> to_identity(std::string_view value);  // nothing if damaged

// u64 groups · u32 CRC-32C
std::string groups(std::uint64_t groups);
std::uint64_t to_groups(std::string_view value);

}  // namespace sillok::values
