// A progress line on standard error. Shown only on a terminal, at most ten times a second, and erased at the end.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sillok {

class ProgressLine {
   public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    // "orders [#####.....] 1234 of 2500, 830/s, 00:00:01 left"; `of` is 0 when the total is unknown.
    void show(std::string_view what, std::uint64_t done, std::uint64_t of);

    // Whether show() shows anything.
    [[nodiscard]] bool is_on_terminal() const { return on_terminal_; }

   private:
    using Clock = std::chrono::steady_clock;

    bool on_terminal_;
    bool shown_ = false;
    std::string what_;
    Clock::time_point begun_;
    Clock::time_point last_;
};

}  // namespace sillok
