// The bytes of one event on disk. Only this file and record.cpp know them.
//
//   bytes  type   field
//   4      u32    CRC-32C of everything after it
//   1      u8     format, 2
//   32     hash   chain hash: SHA-256(chain hash of the position before, body); before position 1: 32 zero bytes
//   body:
//   8      u64    position
//   8      u64    version
//   16     uuid   event id
//   8      i64    time, milliseconds since 1970
//   16     uuid   command id; nil: none
//   16     uuid   correlation id
//   16     uuid   causation id; nil: none
//   2      u16    schema version
//   2      u16    number of events of the same commit that follow
//   1      u8     flags; 1: the caller chose the event id
//   1      u8     length of the stream name
//   1      u8     length of the type
//   1      u8     length of the actor
//   2      u16    length of all tags
//   4      u32    length of the payload
//   n      bytes  stream name
//   n      bytes  type
//   n      bytes  actor
//   n      bytes  tags in ascending order, for each: u8 length, then the tag
//   n      bytes  payload
//
// Numbers are little-endian. The body is complete when the commit is accepted. The chain hash needs the record before,
// so it is written when the record's group is sealed.
#pragma once

#include "eventstore/base/sha256.hpp"
#include "eventstore/event.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sillok::record {

constexpr std::size_t header_bytes = 4 + 1 + 32;

struct Fields {
    Position position;
    Version version;
    Uuid event_id;
    const Metadata& metadata;
    std::string_view stream;
    const NewEvent& event;
    std::span<const std::string_view> tags;  // the event's, ascending
    std::uint16_t commit_rest;
    Uuid command_id{};                // nil: the metadata's
    std::optional<Timestamp> time{};  // nothing: the metadata's
};

// Appends a record whose header is not filled yet; returns its length.
std::size_t append_unsealed(std::string& out, const Fields& fields);

// Fills the header of the record at `bytes` in place.
void seal(char* bytes, std::size_t length, const Hash& chain_hash);

struct Damage {
    std::string what;
};

// Returns a view into `bytes`. Checks the checksum, the lengths and the position.
std::expected<Recorded, Damage> read(Position position, std::string_view bytes);

// The same without checks, for bytes that this process has sealed itself.
Recorded view_sealed(std::string_view bytes);

// The chain hash of this record, computed from its body and the previous record's chain hash.
Hash chain_hash(const Hash& previous, std::string_view bytes, Sha256& sha256);

}  // namespace sillok::record
