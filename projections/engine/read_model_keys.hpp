// Every name and key of the read models on disk. No other file builds or takes apart a key.
//
// A build of a read model has three column families, "{model}.{build number}.rows" and so on:
//   rows     the row's key                                             the row (its fields(), cereal)
//   index    index number, partition, sort key, row's key              the entry's note
//   state    "c"                                                       checkpoint
//            "p", key, position                                        a parked event
//            "s", key, position                                        an event that an operator has skipped
// The default column family names the builds in use:
//   "active.{model}"   number of the build and version of the projection
//   "sink.{sink}"      the last message delivered, in directories of older programs
#pragma once

#include "eventstore/base/byte_order.hpp"
#include "projections/engine/index.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sillok::read_model_keys {

constexpr std::string_view format_file = "FORMAT";
constexpr std::string_view format_word = "sillok-views";
constexpr unsigned format_version = 1;

inline std::string family(std::string_view model, std::uint64_t build, std::string_view part) {
    return std::string{model} + '.' + std::to_string(build) + '.' + std::string{part};
}
inline std::string active(std::string_view model) { return "active." + std::string{model}; }
inline std::string sink(std::string_view name) { return "sink." + std::string{name}; }

constexpr std::string_view checkpoint = "c";
constexpr std::string_view parked_prefix = "p";

constexpr std::string_view skipped_prefix = "s";

inline std::string big_endian_16(std::size_t number) {
    return {static_cast<char>(number >> 8 & 0xff), static_cast<char>(number & 0xff)};
}

// All notes of one kind about a row begin with this. A row's key may contain zero bytes, so compare the whole key, too.
inline std::string notes_of(std::string_view prefix, std::string_view key) {
    return std::string{prefix} + std::string{key} + '\0';
}
inline std::string parked(std::string_view key, Position position) {
    return notes_of(parked_prefix, key) + oldest_first(position);
}
inline std::string skipped(std::string_view key, Position position) {
    return notes_of(skipped_prefix, key) + oldest_first(position);
}

// All entries of one partition begin with this.
inline std::string index_prefix(IndexNumber index, std::string_view partition) {
    std::string bytes(1, static_cast<char>(index));
    bytes += big_endian_16(partition.size());
    bytes += partition;
    return bytes;
}

// The sort key ends with a zero byte, so that "ab" stands before "abc" for every row. The length of the row's key comes
// last, so that the key can be cut off again.
inline std::string index_entry(const IndexEntry& entry, std::string_view row_key) {
    auto bytes = index_prefix(entry.index, entry.partition);
    bytes += entry.sort;
    bytes += '\0';
    bytes += row_key;
    bytes += big_endian_16(row_key.size());
    return bytes;
}

// Returns nothing when the bytes are no index entry.
inline std::optional<std::string_view> row_key_of(std::string_view index_key) {
    if (index_key.size() < 2) return std::nullopt;
    const auto end = index_key.size() - 2;
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(index_key[end])) << 8 |
                        static_cast<unsigned char>(index_key[end + 1]);
    if (length > end) return std::nullopt;
    return index_key.substr(end - length, length);
}

}  // namespace sillok::read_model_keys
