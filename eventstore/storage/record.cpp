#include "eventstore/storage/record.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"

#include <algorithm>

namespace sillok::record {

namespace {

constexpr std::uint8_t format = 2;
constexpr std::size_t lengths_bytes = 1 + 1 + 1 + 2 + 4;
constexpr std::size_t fixed_body_bytes = 8 + 8 + 16 + 8 + 3 * 16 + 2 + 2 + 1 + lengths_bytes;
constexpr std::uint8_t flag_id_was_chosen = 1;

// Writes one field after another into memory of known size.
class ByteWriter {
   public:
    explicit ByteWriter(char* at) : at_(at) {}
    template <std::unsigned_integral Number>
    void put(Number number) {
        put_little_endian(at_, number);
        at_ += sizeof number;
    }
    void put(const Uuid& uuid) { at_ = std::ranges::copy(uuid.bytes, at_).out; }
    void put(std::string_view bytes) { at_ = std::ranges::copy(bytes, at_).out; }

   private:
    char* at_;
};

// Reads them back.
class ByteReader {
   public:
    explicit ByteReader(const char* at) : at_(at) {}
    template <std::unsigned_integral Number>
    Number get() {
        const auto number = get_little_endian<Number>(at_);
        at_ += sizeof number;
        return number;
    }
    Uuid get_uuid() {
        Uuid uuid;
        std::copy_n(at_, uuid.bytes.size(), uuid.bytes.begin());
        at_ += uuid.bytes.size();
        return uuid;
    }
    std::string_view get_bytes(std::size_t length) {
        const std::string_view bytes{at_, length};
        at_ += length;
        return bytes;
    }

   private:
    const char* at_;
};

struct Lengths {
    std::uint8_t stream, type, actor;
    std::uint16_t tags;
    std::uint32_t payload;
    [[nodiscard]] std::size_t total() const {
        return header_bytes + fixed_body_bytes + stream + type + actor + tags + std::size_t{payload};
    }
};

Lengths lengths(std::string_view bytes) {
    ByteReader reader{bytes.data() + header_bytes + fixed_body_bytes - lengths_bytes};
    Lengths found{};
    found.stream = reader.get<std::uint8_t>();
    found.type = reader.get<std::uint8_t>();
    found.actor = reader.get<std::uint8_t>();
    found.tags = reader.get<std::uint16_t>();
    found.payload = reader.get<std::uint32_t>();
    return found;
}

std::string_view tags_of(std::string_view bytes) {
    const auto length = lengths(bytes);
    return bytes.substr(header_bytes + fixed_body_bytes + length.stream + length.type + length.actor, length.tags);
}

std::uint8_t flags_of(std::string_view bytes) {
    return static_cast<std::uint8_t>(bytes[header_bytes + fixed_body_bytes - lengths_bytes - 1]);
}

}  // namespace

std::size_t append_unsealed(std::string& out, const Fields& fields) {
    const auto& event = fields.event;
    SILLOK_ASSERT(fields.stream.size() <= 255 && event.type.size() <= 255 && fields.metadata.actor.size() <= 255);
    std::size_t tags_bytes = 0;
    for (const auto tag : fields.tags) tags_bytes += 1 + tag.size();
    SILLOK_ASSERT(tags_bytes <= UINT16_MAX);
    const auto start = out.size();
    const auto length = header_bytes + fixed_body_bytes + fields.stream.size() + event.type.size() +
                        fields.metadata.actor.size() + tags_bytes + event.payload.size();
    out.resize(start + length);
    ByteWriter writer{out.data() + start + header_bytes};
    writer.put(fields.position.value);
    writer.put(fields.version.value);
    writer.put(fields.event_id);
    writer.put(static_cast<std::uint64_t>(fields.time.value_or(fields.metadata.time).value));
    writer.put(fields.command_id.is_nil() ? fields.metadata.command_id : fields.command_id);
    writer.put(fields.metadata.correlation_id);
    writer.put(fields.metadata.causation_id);
    writer.put(event.schema_version);
    writer.put(fields.commit_rest);
    writer.put(event.event_id.is_nil() ? std::uint8_t{0} : flag_id_was_chosen);
    writer.put(static_cast<std::uint8_t>(fields.stream.size()));
    writer.put(static_cast<std::uint8_t>(event.type.size()));
    writer.put(static_cast<std::uint8_t>(fields.metadata.actor.size()));
    writer.put(static_cast<std::uint16_t>(tags_bytes));
    writer.put(static_cast<std::uint32_t>(event.payload.size()));
    writer.put(fields.stream);
    writer.put(event.type);
    writer.put(fields.metadata.actor);
    for (const auto tag : fields.tags) {
        writer.put(static_cast<std::uint8_t>(tag.size()));
        writer.put(tag);
    }
    writer.put(event.payload);
    return length;
}

Hash chain_hash(const Hash& previous, std::string_view bytes, Sha256& sha256) {
    return sha256({bytes_of(previous), bytes.substr(header_bytes)});
}

void seal(char* bytes, std::size_t length, const Hash& chain_hash) {
    bytes[4] = static_cast<char>(format);
    std::ranges::copy(chain_hash, bytes + 5);
    put_little_endian(bytes, crc32c({bytes + 4, length - 4}));
}

Recorded view_sealed(std::string_view bytes) {
    const auto length = lengths(bytes);
    Recorded event;
    std::copy_n(bytes.begin() + 5, event.chain_hash.size(), event.chain_hash.begin());
    ByteReader reader{bytes.data() + header_bytes};
    event.position = Position{reader.get<std::uint64_t>()};
    event.version = Version{reader.get<std::uint64_t>()};
    event.event_id = reader.get_uuid();
    event.time = Timestamp{static_cast<std::int64_t>(reader.get<std::uint64_t>())};
    event.command_id = reader.get_uuid();
    event.correlation_id = reader.get_uuid();
    event.causation_id = reader.get_uuid();
    event.schema_version = reader.get<std::uint16_t>();
    event.commit_rest = reader.get<std::uint16_t>();
    event.id_was_chosen = (reader.get<std::uint8_t>() & flag_id_was_chosen) != 0;
    reader.get_bytes(lengths_bytes);  // read above
    event.stream = reader.get_bytes(length.stream);
    event.type = reader.get_bytes(length.type);
    event.actor = reader.get_bytes(length.actor);
    event.tags = Tags{reader.get_bytes(length.tags)};
    event.payload = reader.get_bytes(length.payload);
    return event;
}

std::expected<Recorded, Damage> read(Position position, std::string_view bytes) {
    const auto damage = [](std::string_view what) { return std::unexpected(Damage{std::string{what}}); };
    if (bytes.size() < header_bytes + fixed_body_bytes) return damage("record is cut short");
    if (get_little_endian<std::uint32_t>(bytes.data()) != crc32c(bytes.substr(4))) return damage("checksum is wrong");
    if (static_cast<std::uint8_t>(bytes[4]) != format) return damage("record format is unknown");
    if (lengths(bytes).total() != bytes.size()) return damage("record length is wrong");
    if ((flags_of(bytes) & ~flag_id_was_chosen) != 0) return damage("a flag of the record is unknown");
    if (!Tags::well_formed(tags_of(bytes))) return damage("tags are malformed");
    auto event = view_sealed(bytes);
    if (event.position != position) return damage("record belongs to another position");
    if (event.id_was_chosen && event.event_id.is_nil()) return damage("the event id that was chosen is none");
    return event;
}

}  // namespace sillok::record
