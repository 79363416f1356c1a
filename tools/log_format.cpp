#include "tools/log_format.hpp"

#include "eventstore/base/clock.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sillok {
namespace {

// {"time":"2026-11-20T15:54:00.000Z","level":"info","message":"..."}
class JsonLines final : public spdlog::formatter {
   public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch());
        const auto level = spdlog::level::to_string_view(message.level);
        nlohmann::ordered_json line;
        line["time"] = rfc3339(Timestamp{since_epoch.count()});
        line["level"] = std::string{level.data(), level.size()};
        line["message"] = std::string{message.payload.data(), message.payload.size()};
        // A message may quote bytes from a client: bytes that are not UTF-8 are replaced.
        const auto text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
        out.append(text.data(), text.data() + text.size());
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLines>(); }
};

}  // namespace

void log_to_standard_error(LogFormat format, spdlog::level::level_enum level) {
    auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    if (format == LogFormat::json)
        logger->set_formatter(std::make_unique<JsonLines>());
    else
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(level);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace sillok
