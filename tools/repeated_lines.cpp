#include "tools/repeated_lines.hpp"

#include "api/log_line.hpp"

#include <string_view>

namespace sillok {

void RepeatedLines::sink_it_(const spdlog::details::log_msg& message) {
    if (message.level < spdlog::level::warn) {
        target_->log(message);
        return;
    }
    const std::string_view payload{message.payload.data(), message.payload.size()};
    Line line{message.level, payload.substr(0, payload.find(log_fields_begin))};
    if (const auto found = repeated_.find(line); found != repeated_.end()) {
        ++found->second;
        return;
    }
    if (repeated_.size() < sentences_max) repeated_.emplace(std::move(line), 0);
    target_->log(message);
}

void RepeatedLines::flush_() {
    for (const auto& [line, times] : repeated_) {
        if (times == 0) continue;
        auto payload = line.second + log_fields_begin;
        payload += nlohmann::ordered_json{{"repeated", times}}.dump();
        target_->log(spdlog::details::log_msg{"", line.first, payload});
    }
    repeated_.clear();
    target_->flush();
}

}  // namespace sillok
