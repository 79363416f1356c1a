// Any bytes as a record of the log: refused, or an event whose record these bytes are and no others.
#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"
#include "eventstore/storage/record.hpp"
#include "tests/fuzz/must.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {
namespace {

constexpr std::size_t body_position = record::header_bytes;  // a body begins with its position

void check_whole(const Recorded& event, std::string_view bytes) {
    const Metadata metadata{event.time, event.command_id, event.correlation_id, event.causation_id,
                            std::string{event.actor}};
    const std::vector<std::string_view> tags(event.tags.begin(), event.tags.end());
    const NewEvent stored{.type = std::string{event.type},
                          .schema_version = event.schema_version,
                          .payload = std::string{event.payload},
                          .tags = {},
                          .event_id = event.id_was_chosen ? event.event_id : Uuid{}};
    std::string again;
    const record::Fields fields{.position = event.position,
                                .version = event.version,
                                .event_id = event.event_id,
                                .metadata = metadata,
                                .stream = event.stream,
                                .event = stored,
                                .tags = tags,
                                .commit_rest = event.commit_rest};
    record::append_unsealed(again, fields);
    must(std::string_view{again}.substr(record::header_bytes) == bytes.substr(record::header_bytes));
}

}  // namespace
}  // namespace sillok

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sillok;
    std::string bytes{reinterpret_cast<const char*>(data), size};
    (void)record::read(Position{1}, bytes);
    if (size < body_position + 8) return 0;
    // With a right checksum, at the place it names: what is behind them is looked at, too.
    put_little_endian(bytes.data(), crc32c(std::string_view{bytes}.substr(4)));
    const Position position{get_little_endian<std::uint64_t>(bytes.data() + body_position)};
    if (const auto event = record::read(position, bytes)) check_whole(*event, bytes);
    return 0;
}
