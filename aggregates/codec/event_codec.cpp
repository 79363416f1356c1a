#include "aggregates/codec/event_codec.hpp"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace sillok {

UnreadableEvent unreadable(const Recorded& recorded, DecodeError why) {
    return {recorded.position, std::string{recorded.stream}, std::string{recorded.type}, std::move(why.what)};
}

DecodeError contradiction(const Recorded& recorded) {
    return {fmt::format("{} contradicts the earlier events of its stream", recorded.type)};
}

}  // namespace sillok

namespace sillok::detail {

DecodeError damaged_payload(std::string_view type, std::uint16_t schema_version) {
    return {fmt::format("damaged payload of {}, schema version {}", type, schema_version)};
}

DecodeError no_such_version(std::string_view type, std::uint16_t schema_version) {
    return {fmt::format("{} has no schema version {}", type, schema_version)};
}

DecodeError unknown_event(std::string_view type, std::uint16_t schema_version) {
    return {fmt::format("unknown event {}, schema version {}", type, schema_version)};
}

DecodeError written_by_a_newer_sillok(const EventName& known, std::uint16_t schema_version) {
    return {fmt::format("{} schema version {} was written by a newer Sillok; this one knows up to {}", known.type,
                        schema_version, known.schema_version)};
}

}  // namespace sillok::detail
