// The bytes of one event on disk. Only this file and record.cpp know them.
//
//   u32  CRC-32C of everything after it
//   u8   format, 2
//   32   chain hash: SHA-256(chain hash of the previous position, body); 32 zero bytes before position 1
//   body:
//     u64 position · u64 version · 16 event id · i64 time · 16 command id · 16 correlation id · 16 causation id
//     u16 schema version · u16 events of the same commit that follow · u8 flags (1: the event id was chosen by the
//     caller) u8 stream length · u8 type length · u8 actor length · u16 tags length · u32 payload length stream · type
//     · actor · tags (for each, ascending: u8 length, the tag) · payload
//
// Little-endian. The body is complete as soon as a commit is accepted; the chain hash joins it when the
// record's group is sealed, for it needs the record before.
#pragma once

#include "eventstore/base/sha256.hpp"
#include "eventstore/event.hpp"

#include <cstddef>
#include <expected>
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
    Uuid command_id{};  // nil: the metadata's
};

// Appends a record whose header is still blank; returns its length.
std::size_t append_unsealed(std::string& out, const Fields& fields);

// Fills the header of the record at `bytes` in place.
void seal(char* bytes, std::size_t length, const Hash& chain_hash);

struct Damage {
    std::string what;
};

// A view into `bytes`. Checks the checksum, the lengths and that the record stands where it says.
std::expected<Recorded, Damage> read(Position position, std::string_view bytes);

// The same without the checksum, for bytes that this process has sealed itself.
Recorded view_sealed(std::string_view bytes);

// What the chain hash of this record must be.
Hash chain_hash(const Hash& previous, std::string_view bytes, Sha256& sha256);

}  // namespace sillok::record
