// The signals that stop a server: SIGTERM and SIGINT. They are blocked before the first thread starts, so that only
// wait() receives them. SIGHUP, which a terminal sends when it is closed, stops nothing: there is nothing to reload.
#pragma once

#include <spdlog/spdlog.h>

#include <csignal>
#include <string_view>

namespace sillok {

class StopSignals {
   public:
    StopSignals() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    }
    // After this call a second signal ends the process at once.
    void unblock() {
        std::signal(SIGHUP, SIG_IGN);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    [[nodiscard]] int wait() const {
        int signal = 0;
        while (sigwait(&signals_, &signal) != 0 || signal == SIGHUP)
            if (signal == SIGHUP) spdlog::info("SIGHUP: there is nothing to reload, and the log is standard error");
        return signal;
    }
    [[nodiscard]] static std::string_view name_of(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

   private:
    sigset_t signals_{};
    sigset_t before_{};
};

}  // namespace sillok
