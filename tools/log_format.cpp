#include "tools/log_format.hpp"

#include "api/log_line.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "tools/repeated_lines.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace sillok {
namespace {

// The word that --log-level takes.
std::string_view word_of(spdlog::level::level_enum level) {
    if (level == spdlog::level::warn) return "warn";
    const auto word = spdlog::level::to_string_view(level);
    return {word.data(), word.size()};
}

class LevelWord final : public spdlog::custom_flag_formatter {
   public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
        const auto word = word_of(message.level);
        out.append(word.data(), word.data() + word.size());
    }
    [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
        return std::make_unique<LevelWord>();
    }
};

struct Payload {
    std::string_view sentence;
    nlohmann::ordered_json fields;  // null: none
};

Payload payload_of(const spdlog::details::log_msg& message) {
    const std::string_view all{message.payload.data(), message.payload.size()};
    const auto end = all.find(log_fields_begin);
    if (end == std::string_view::npos) return {all, nullptr};
    auto fields = nlohmann::ordered_json::parse(all.substr(end + 1), nullptr, false);
    if (!fields.is_object()) return {all, nullptr};
    return {all.substr(0, end), std::move(fields)};
}

// The sentence and its fields: "refused: disk-low traceId=4bf9 status=503". A text with a space, a quote or an equals
// sign is quoted.
class SentenceAndFields final : public spdlog::custom_flag_formatter {
   public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
        const auto [sentence, fields] = payload_of(message);
        out.append(sentence.data(), sentence.data() + sentence.size());
        for (const auto& [name, value] : fields.items()) {
            auto text = value.dump();
            if (value.is_string() && text.find_first_of(" =\\") == std::string::npos && text.size() > 2)
                text = text.substr(1, text.size() - 2);
            std::string field{' '};
            field += name;
            field += '=';
            field += text;
            out.append(field.data(), field.data() + field.size());
        }
    }
    [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
        return std::make_unique<SentenceAndFields>();
    }
};

// 2026-11-20T15:54:00.000Z info ...
std::unique_ptr<spdlog::formatter> text_lines() {
    auto lines = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    lines->add_flag<LevelWord>('*').add_flag<SentenceAndFields>('&').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %* %&");
    return lines;
}

// {"time":"2026-11-20T15:54:00.000Z","level":"info","message":"..."}, and the fields
class JsonLines final : public spdlog::formatter {
   public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch());
        nlohmann::ordered_json line;
        line["time"] = rfc3339(Timestamp{since_epoch.count()});
        line["level"] = word_of(message.level);
        const auto [sentence, fields] = payload_of(message);
        line["message"] = sentence;
        if (!fields.is_null()) line.update(fields);
        // A message may quote bytes from a client: bytes that are not UTF-8 are replaced.
        const auto text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
        out.append(text.data(), text.data() + text.size());
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLines>(); }
};

}  // namespace

void log_to_standard_error(LogFormat format, spdlog::level::level_enum level) {
    auto logger = std::make_shared<spdlog::logger>(
        "", std::make_shared<RepeatedLines>(std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    logger->set_formatter(format == LogFormat::json ? std::make_unique<JsonLines>() : text_lines());
    logger->set_level(level);
    spdlog::set_default_logger(std::move(logger));
}

void count_repeated_lines() {
    constexpr std::chrono::seconds counted_for{10};
    spdlog::flush_every(counted_for);
}

}  // namespace sillok
