// The signals that stop a server: SIGTERM and SIGINT. They are blocked before the first thread starts, so that only
// wait() receives them.
#pragma once

#include <csignal>
#include <string_view>

namespace sillok {

class StopSignals {
   public:
    StopSignals() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    }
    // After this call a second signal ends the process at once.
    void unblock() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    [[nodiscard]] int wait() const {
        int signal = 0;
        sigwait(&signals_, &signal);
        return signal;
    }
    [[nodiscard]] static std::string_view name_of(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

   private:
    sigset_t signals_{};
    sigset_t before_{};
};

}  // namespace sillok
