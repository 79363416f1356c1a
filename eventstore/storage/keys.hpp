// Every name and key of the log on disk. Only this file builds keys and takes them apart.
//
// column family     key                                      value
// default           "groups"                                 number of groups written, CRC-32C
// default           "identity", "identity copy"              CRC-32C, log id, epochs (log_identity.hpp)
// events            position                                 record (record.hpp)
// stream_versions   stream number, version                   position
// streams           stream name                              stream number
// commands          command id                               first position, number of events, CRC-32C, receipt
// event_ids         event id chosen by the caller            position
// tags              tag, zero byte, position                 event type
// tree              level (one byte), index                  hash (log_tree.hpp)
// snapshots         stream name                              fingerprint, version, position, CRC-32C, state
// checkpoints       name of a reader                         CRC-32C, position, open positions
//
// Numbers in keys are big-endian u64, so that keys sort as numbers do. Numbers in values are little-endian
// (value_codec.hpp). Beside the database's files is HEAD (head_file.hpp).
#pragma once

#include "eventstore/base/byte_order.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sillok::keys {

constexpr std::string_view head_file = "HEAD";

// Of the default family. The identity is there twice, so that one that is gone is not taken for one never given.
constexpr std::string_view groups = "groups";
constexpr std::string_view identity = "identity";
constexpr std::string_view identity_copy = "identity copy";

constexpr std::string_view events = "events";
constexpr std::string_view stream_versions = "stream_versions";
constexpr std::string_view streams = "streams";
constexpr std::string_view commands = "commands";
constexpr std::string_view event_ids = "event_ids";
constexpr std::string_view tags = "tags";
constexpr std::string_view tree = "tree";
constexpr std::string_view snapshots = "snapshots";
constexpr std::string_view checkpoints = "checkpoints";

template <std::size_t Bytes>
struct Key {
    std::array<char, Bytes> bytes;
    [[nodiscard]] std::string_view view() const { return {bytes.data(), bytes.size()}; }
};

inline Key<8> event(Position position) {
    Key<8> key;
    put_big_endian(key.bytes.data(), position.value);
    return key;
}
inline Position event_position(std::string_view key) { return Position{get_big_endian(key.data())}; }

inline Key<16> stream_version(StreamNumber stream, Version version) {
    Key<16> key;
    put_big_endian(key.bytes.data(), stream.value);
    put_big_endian(key.bytes.data() + 8, version.value);
    return key;
}
inline StreamNumber stream_version_stream(std::string_view key) { return StreamNumber{get_big_endian(key.data())}; }
inline Version stream_version_version(std::string_view key) { return Version{get_big_endian(key.data() + 8)}; }

// The beginning of all entries of this tag, and of no other tag's: a tag has no zero byte.
inline std::string tag_prefix(std::string_view tag) {
    std::string key{tag};
    key += '\0';
    return key;
}
inline std::string tag(std::string_view tag, Position position) {
    auto key = tag_prefix(tag);
    key += event(position).view();
    return key;
}
// REQUIRES of both: is_tag(key).
inline bool is_tag(std::string_view key) { return key.size() > 9 && key[key.size() - 9] == '\0'; }
inline std::string_view tag_tag(std::string_view key) { return key.substr(0, key.size() - 9); }
inline Position tag_position(std::string_view key) { return event_position(key.substr(key.size() - 8)); }

inline Key<9> tree_node(unsigned level, std::uint64_t index) {
    Key<9> key;
    key.bytes[0] = static_cast<char>(level);
    put_big_endian(key.bytes.data() + 1, index);
    return key;
}
inline unsigned tree_node_level(std::string_view key) { return static_cast<unsigned char>(key[0]); }
inline std::uint64_t tree_node_index(std::string_view key) { return get_big_endian(key.data() + 1); }

inline std::string_view uuid(const Uuid& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

}  // namespace sillok::keys
