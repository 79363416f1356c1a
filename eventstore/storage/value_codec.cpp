#include "eventstore/storage/value_codec.hpp"

#include "eventstore/base/crc32c.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/keys.hpp"

#include <algorithm>

namespace sillok::values {

namespace {

constexpr std::size_t checksum_bytes = 4;

// The checksum of a value that contains it at `at`: of the key, then the bytes before and after.
std::uint32_t checksum(std::string_view key, std::string_view value, std::size_t at) {
    std::string checked{key};
    checked += value.substr(0, at);
    checked += value.substr(at + checksum_bytes);
    return crc32c(checked);
}

void seal(std::string_view key, std::string& value, std::size_t at) {
    put_little_endian(value.data() + at, checksum(key, value, at));
}

bool is_whole(std::string_view key, std::string_view value, std::size_t at) {
    return value.size() >= at + checksum_bytes &&
           get_little_endian<std::uint32_t>(value.data() + at) == checksum(key, value, at);
}

std::uint64_t number_at(std::string_view value, std::size_t at) {
    return get_little_endian<std::uint64_t>(value.data() + at);
}

constexpr std::size_t known_checksum_at = 8 + 4;
constexpr std::size_t snapshot_checksum_at = 8 + 8 + 8;
constexpr std::size_t acknowledged_checksum_at = acknowledged_bytes - checksum_bytes;
constexpr std::size_t groups_checksum_at = 8;
constexpr std::size_t checkpoint_numbers_at = checksum_bytes;
constexpr std::size_t epochs_at = checksum_bytes + 16;
constexpr std::size_t epoch_bytes = 8 + 8;

}  // namespace

std::uint64_t to_number(std::string_view value, std::string_view what) {
    if (value.size() != 8) throw StorageError(std::string{what} + " has the wrong length");
    return number_at(value, 0);
}

Uuid to_uuid(std::string_view bytes, std::string_view what) {
    Uuid id;
    if (bytes.size() != id.bytes.size()) throw StorageError(std::string{what} + " has the wrong length");
    std::ranges::copy(bytes, id.bytes.begin());
    return id;
}

Hash to_hash(std::string_view value) {
    Hash hash;
    if (value.size() != hash.size()) throw StorageError("a node of the tree has the wrong length");
    std::ranges::copy(value, hash.begin());
    return hash;
}

std::string known_command(const Uuid& id, const KnownCommand& known) {
    std::string value(known_checksum_at + checksum_bytes, '\0');
    put_little_endian(value.data(), known.first.value);
    put_little_endian(value.data() + 8, known.events);
    value += known.receipt;
    seal(keys::uuid(id), value, known_checksum_at);
    return value;
}

KnownCommand to_known_command(const Uuid& id, std::string_view value) {
    if (!is_whole(keys::uuid(id), value, known_checksum_at))
        throw StorageError("the entry of command " + id.text() + " is damaged");
    return {Position{number_at(value, 0)}, get_little_endian<std::uint32_t>(value.data() + 8),
            std::string{value.substr(known_checksum_at + checksum_bytes)}};
}

std::string snapshot(std::string_view stream, const Snapshot& snapshot) {
    std::string value(snapshot_checksum_at + checksum_bytes, '\0');
    put_little_endian(value.data(), snapshot.fingerprint.value);
    put_little_endian(value.data() + 8, snapshot.version.value);
    put_little_endian(value.data() + 16, snapshot.position.value);
    value += snapshot.state;
    seal(stream, value, snapshot_checksum_at);
    return value;
}

std::optional<Snapshot> to_snapshot(std::string_view stream, std::string_view value) {
    if (!is_whole(stream, value, snapshot_checksum_at)) return std::nullopt;
    return Snapshot{Fingerprint{number_at(value, 0)}, Version{number_at(value, 8)}, Position{number_at(value, 16)},
                    std::string{value.substr(snapshot_checksum_at + checksum_bytes)}};
}

std::string checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint) {
    std::string value(checkpoint_numbers_at + 8 * (1 + checkpoint.open.size()), '\0');
    auto* at = value.data() + checkpoint_numbers_at;
    put_little_endian(at, checkpoint.seen.value);
    for (const auto position : checkpoint.open) put_little_endian(at += 8, position.value);
    seal(name, value, 0);
    return value;
}

ReaderCheckpoint to_checkpoint(std::string_view name, std::string_view value) {
    const auto damaged = [&] { return StorageError("the checkpoint " + std::string{name} + " is damaged"); };
    if (value.size() < checkpoint_numbers_at + 8 || value.size() % 8 != checkpoint_numbers_at ||
        !is_whole(name, value, 0))
        throw damaged();
    ReaderCheckpoint checkpoint{Position{number_at(value, checkpoint_numbers_at)}};
    checkpoint.open.reserve(value.size() / 8 - 1);
    for (auto at = checkpoint_numbers_at + 8; at < value.size(); at += 8) {
        const Position position{number_at(value, at)};
        if (position > checkpoint.seen) throw damaged();
        if (!checkpoint.open.empty() && position <= checkpoint.open.back()) throw damaged();
        checkpoint.open.push_back(position);
    }
    return checkpoint;
}

std::string acknowledged(const Acknowledged& acknowledged) {
    std::string value(acknowledged_bytes, '\0');
    put_little_endian(value.data(), acknowledged.position.value);
    std::ranges::copy(acknowledged.chain_hash, value.data() + 8);
    put_little_endian(value.data() + 40, acknowledged.groups);
    seal({}, value, acknowledged_checksum_at);
    return value;
}

std::optional<Acknowledged> to_acknowledged(std::string_view value) {
    value = value.substr(0, acknowledged_bytes);
    if (!is_whole({}, value, acknowledged_checksum_at)) return std::nullopt;
    return Acknowledged{Position{number_at(value, 0)}, to_hash(value.substr(8, 32)), number_at(value, 40)};
}

std::string identity(const LogIdentity& identity) {
    std::string value(epochs_at + epoch_bytes * identity.epochs.size(), '\0');
    std::ranges::copy(identity.log_id.bytes, value.begin() + checksum_bytes);
    auto* at = value.data() + epochs_at;
    for (const auto& [epoch, after] : identity.epochs) {
        put_little_endian(at, epoch.value);
        put_little_endian(at + 8, after.value);
        at += epoch_bytes;
    }
    seal(keys::identity, value, 0);
    return value;
}

std::optional<LogIdentity> to_identity(std::string_view value) {
    if (value.size() < epochs_at + epoch_bytes || (value.size() - epochs_at) % epoch_bytes != 0 ||
        !is_whole(keys::identity, value, 0))
        return std::nullopt;
    LogIdentity identity{to_uuid(value.substr(checksum_bytes, 16), "the log's id"), {}};
    for (auto at = epochs_at; at < value.size(); at += epoch_bytes)
        identity.epochs.push_back({Epoch{number_at(value, at)}, Position{number_at(value, at + 8)}});
    return identity;
}

std::string groups(std::uint64_t groups) {
    std::string value(groups_checksum_at + checksum_bytes, '\0');
    put_little_endian(value.data(), groups);
    seal({}, value, groups_checksum_at);
    return value;
}

std::uint64_t to_groups(std::string_view value) {
    if (value.size() != groups_checksum_at + checksum_bytes || !is_whole({}, value, groups_checksum_at))
        throw StorageError("the number of groups is damaged");
    return number_at(value, 0);
}

}  // namespace sillok::values
