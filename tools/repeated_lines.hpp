// A sink that counts repeated warnings and errors instead of repeating them.
//
// The first line of its kind is written at once. Lines with the same level and the same sentence (api/log_line.hpp)
// that follow it are counted until flush(), which writes how many there were. count_repeated_lines() has it called
// every ten seconds. Other levels pass.
//
// Bounds:  sentences_max different sentences are remembered between two flushes; further ones pass uncounted.
// Threads: any, as spdlog's sinks.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sillok {

class RepeatedLines final : public spdlog::sinks::base_sink<std::mutex> {
   public:
    static constexpr std::size_t sentences_max = 256;

    explicit RepeatedLines(std::shared_ptr<spdlog::sinks::sink> target) : target_(std::move(target)) {}

   protected:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override;
    void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override {
        target_->set_formatter(std::move(formatter));
    }

   private:
    using Line = std::pair<spdlog::level::level_enum, std::string>;  // the sentence

    std::shared_ptr<spdlog::sinks::sink> target_;
    std::map<Line, std::uint64_t> repeated_;  // how often since the last flush, after the first time
};

}  // namespace sillok
