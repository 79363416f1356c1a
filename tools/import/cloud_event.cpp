#include "tools/import/cloud_event.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/codec/event_json.hpp"
#include "aggregates/codec/json_text.hpp"
#include "eventstore/base/base64.hpp"
#include "eventstore/base/parse_number.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/storage/record.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sillok {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view export_end_type = "sillok.export.end";
constexpr int depth_max = 64;  // no event is nested as deep, and the reader's memory grows with it

// Thrown inside this file only; parse_cloud_event() turns it into its error.
class Refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

bool is_utf8(std::string_view text) {
    try {
        Json(text).dump();
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

void put_uuid(Json& json, const char* name, const Uuid& id) {
    if (!id.is_nil()) json[name] = id.text();
}

std::string joined(const Tags& tags) {
    std::string text;
    for (const auto tag : tags) {
        if (!text.empty()) text += ',';
        text += tag;
    }
    return text;
}

// Reads the attributes of one line. A missing or malformed attribute is refused by name.
class Attributes {
   public:
    explicit Attributes(const nlohmann::json& json) : json_(json) {}

    [[nodiscard]] std::optional<std::string> optional_text(const char* name) const {
        const auto found = json_.find(name);
        if (found == json_.end()) return std::nullopt;
        if (!found->is_string()) throw Refused(std::string{name} + " is no text");
        return found->get<std::string>();
    }
    [[nodiscard]] std::string text(const char* name) const {
        if (auto found = optional_text(name)) return *std::move(found);
        throw Refused(std::string{name} + " is missing");
    }
    // A number written as a text, because it may be larger than a CloudEvents integer.
    template <std::integral Number>
    [[nodiscard]] Number number(const char* name) const {
        if (const auto number = parse_number<Number>(text(name))) return *number;
        throw Refused(std::string{name} + " is no number");
    }
    [[nodiscard]] std::uint16_t small_number(const char* name) const {
        const auto found = json_.find(name);
        if (found == json_.end()) throw Refused(std::string{name} + " is missing");
        if (!found->is_number_unsigned() || *found > std::numeric_limits<std::uint16_t>::max())
            throw Refused(std::string{name} + " is no number up to 65535");
        return found->get<std::uint16_t>();
    }
    [[nodiscard]] Uuid uuid(const char* name) const {
        const auto written = optional_text(name);
        if (!written) return {};
        if (const auto id = Uuid::parse(*written)) return *id;
        throw Refused(std::string{name} + " is no UUID");
    }
    [[nodiscard]] std::optional<std::string> optional_bytes(const char* name) const {
        const auto written = optional_text(name);
        if (!written) return std::nullopt;
        if (auto bytes = from_base64(*written)) return bytes;
        throw Refused(std::string{name} + " is no base64");
    }
    [[nodiscard]] bool flag(const char* name) const {
        const auto found = json_.find(name);
        if (found == json_.end()) return false;
        if (!found->is_boolean()) throw Refused(std::string{name} + " is neither true nor false");
        return found->get<bool>();
    }

   private:
    const nlohmann::json& json_;
};

Metadata metadata_of(const Attributes& line) {
    return {.time = Timestamp{line.number<std::int64_t>("timems")},
            .command_id = line.uuid("commandid"),
            .correlation_id = line.uuid("correlationid"),
            .causation_id = line.uuid("causationid"),
            .actor = line.optional_bytes("actorbase64").value_or(line.optional_text("actor").value_or(""))};
}

std::vector<std::string> tags_of(const Attributes& line) {
    const auto written = line.optional_text("tags");
    if (!written) return {};
    std::vector<std::string> tags;
    std::string_view rest{*written};
    for (auto comma = rest.find(','); comma != std::string_view::npos; comma = rest.find(',')) {
        tags.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(comma + 1);
    }
    tags.emplace_back(rest);
    return tags;
}

// The record that the attributes describe, not sealed yet.
std::string record_of(const Attributes& line, Position position) {
    const auto metadata = metadata_of(line);
    const auto id = line.uuid("id");
    NewEvent event{.type = line.text("type"),
                   .schema_version = line.small_number("schemaversion"),
                   .payload = line.optional_bytes("payload").value_or(""),
                   .tags = tags_of(line),
                   .event_id = line.flag("idchosen") ? id : Uuid{}};
    const auto stream = line.text("subject");
    const Commit alone{.metadata = metadata, .appends = {{stream, NoStream{}, {event}}}};
    if (const auto wrong = malformed(alone)) throw Refused(std::string{name(wrong->code)} + ": " + wrong->offender);
    std::ranges::sort(event.tags);
    const std::vector<std::string_view> tags{event.tags.begin(), event.tags.end()};
    std::string record;
    record::append_unsealed(record, {.position = position,
                                     .version = Version{line.number<std::uint64_t>("version")},
                                     .event_id = id,
                                     .metadata = metadata,
                                     .stream = stream,
                                     .event = event,
                                     .tags = tags,
                                     .commit_rest = line.small_number("commitrest")});
    return record;
}

std::optional<NamedLog> log_of(const Attributes& line) {
    const auto id = line.uuid("logid");
    if (id.is_nil()) return std::nullopt;
    return NamedLog{id, Epoch{line.number<std::uint64_t>("epoch")}};
}

CloudEvent read(const nlohmann::json& json, Position position, const Hash& previous, Sha256& sha256) {
    if (!json.is_object()) throw Refused("this is no JSON object");
    const Attributes line{json};
    if (line.text("specversion") != "1.0") throw Refused("this is no CloudEvent of version 1.0");
    if (const auto written = line.number<std::uint64_t>("position"); written != position.value)
        throw Refused("position " + std::to_string(written) + " follows " + std::to_string(position.value - 1));
    CloudEvent event{record_of(line, position), line.optional_bytes("receipt").value_or(""), log_of(line), {}};
    if (json.contains("exported")) event.exported = line.number<std::uint64_t>("exported");
    const auto chain = record::chain_hash(previous, event.record, sha256);
    if (hex(chain) != line.text("chainhash"))
        throw Refused("the chain hash is another one: this event or the one before is not the original");
    record::seal(event.record.data(), event.record.size(), chain);
    return event;
}

}  // namespace

std::string cloud_event_line(const Recorded& event, std::string_view receipt, const LogIdentity& log,
                             std::optional<std::uint64_t> exported) {
    Json json{{"specversion", "1.0"},
              {"id", event.event_id.text()},
              {"source", "/sillok"},
              {"type", event.type},
              {"subject", event.stream},
              {"time", rfc3339(event.time)},
              {"datacontenttype", "application/json"},
              {"position", std::to_string(event.position.value)},
              {"version", std::to_string(event.version.value)},
              {"timems", std::to_string(event.time.value)},
              {"schemaversion", event.schema_version},
              {"commitrest", event.commit_rest}};
    if (!log.log_id.is_nil()) {
        json["logid"] = log.log_id.text();
        json["epoch"] = std::to_string(log.epoch_of(event.position).value);
    }
    if (exported) json["exported"] = std::to_string(*exported);
    put_uuid(json, "commandid", event.command_id);
    put_uuid(json, "correlationid", event.correlation_id);
    put_uuid(json, "causationid", event.causation_id);
    if (!is_utf8(event.actor))
        json["actorbase64"] = to_base64(event.actor);
    else if (!event.actor.empty())
        json["actor"] = event.actor;
    if (!event.tags.empty()) json["tags"] = joined(event.tags);
    if (event.id_was_chosen) json["idchosen"] = true;
    if (!receipt.empty()) json["receipt"] = to_base64(receipt);
    json["chainhash"] = hex(event.chain_hash);
    json["payload"] = to_base64(event.payload);
    if (const auto payload = payload_json(event)) json["data"] = *payload;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::expected<CloudEvent, std::string> parse_cloud_event(std::string_view line, Position position, const Hash& previous,
                                                         Sha256& sha256) {
    if (has_nul(line)) return std::unexpected("this is no JSON");
    try {
        const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
            if (depth > depth_max) throw Refused("it is nested too deep");
            return true;
        };
        return read(nlohmann::json::parse(line, shallow), position, previous, sha256);
    } catch (const nlohmann::json::exception&) {  // bad syntax, or a number out of range
        return std::unexpected("this is no JSON");
    } catch (const Refused& refused) {
        return std::unexpected(refused.what());
    }
}

std::string export_end_line(const ExportEnd& end, Timestamp last_time) {
    const Json json{{"specversion", "1.0"},
                    {"id", end.chain_hash},
                    {"source", "/sillok"},
                    {"type", export_end_type},
                    {"subject", "export"},
                    {"time", rfc3339(last_time)},
                    {"count", std::to_string(end.head.value)},
                    {"head", std::to_string(end.head.value)},
                    {"chainhash", end.chain_hash},
                    {"root", end.root}};
    return json.dump();
}

std::optional<std::expected<ExportEnd, std::string>> parse_export_end(std::string_view line) {
    if (!line.contains(export_end_type) || has_nul(line)) return std::nullopt;
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || json.value("type", nlohmann::json{}) != export_end_type) return std::nullopt;
    try {
        const Attributes end{json};
        return ExportEnd{Position{end.number<std::uint64_t>("head")}, end.text("chainhash"), end.text("root")};
    } catch (const Refused& refused) {
        return std::unexpected(refused.what());
    }
}

}  // namespace sillok
