#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace sillok {

ProgressLine::ProgressLine() : on_terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(std::string_view what, std::uint64_t done, std::uint64_t of) {
    if (!on_terminal_) return;
    const auto now = Clock::now();
    if (what != what_) {
        what_ = what;
        begun_ = now;
    } else if (now - last_ < std::chrono::milliseconds{100} && (of == 0 || done < of)) {
        return;
    }
    last_ = now;
    shown_ = true;

    const auto seconds = std::chrono::duration<double>(now - begun_).count();
    const auto rate = seconds > 0 ? static_cast<double>(done) / seconds : 0.0;
    if (of == 0) {
        fmt::print(stderr, "\r\033[K{} {}, {:.0f}/s", what, done, rate);
        std::fflush(stderr);
        return;
    }
    const auto left = rate > 0 ? static_cast<std::uint64_t>(static_cast<double>(of - std::min(done, of)) / rate) : 0;
    constexpr std::uint64_t width = 30;
    const auto filled = std::min(width, done * width / of);
    const auto line = fmt::format("\r\033[K{} [{:#<{}}{:.<{}}] {} of {}, {:.0f}/s, {:02}:{:02}:{:02} left", what, "",
                                  filled, "", width - filled, done, of, rate, left / 3600, left / 60 % 60, left % 60);
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
}

}  // namespace sillok
