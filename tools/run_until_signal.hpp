// Runs a server until SIGTERM or SIGINT, or until it fails.
#pragma once

#include "api/log_line.hpp"
#include "tools/listen_address.hpp"
#include "tools/standard_streams.hpp"
#include "tools/stop_signals.hpp"

#include <spdlog/spdlog.h>

#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

namespace sillok {

// Prints the listen address on standard output. Rethrows what server.run() throws.
template <class Server>
void run_until_signal(Server& server, const ListenAddress& listen, StopSignals& signals) {
    std::exception_ptr broken;
    std::jthread http{[&] {
        try {
            server.run();
        } catch (...) {
            broken = std::current_exception();
            kill(getpid(), SIGTERM);  // the calling thread waits for a signal
        }
    }};
    std::printf("listening on %s\n", listen.url(server.port()).c_str());
    forget_unread_output();
    const int signal = signals.wait();
    const auto sentence = "stopping: " + std::string{StopSignals::name_of(signal)};
    if constexpr (requires { server.connections(); })
        log_line(spdlog::level::info, sentence, {{"connections", server.connections()}});
    else
        spdlog::info("{}", sentence);
    signals.unblock();
    server.stop();
    http.join();
    if (broken) std::rethrow_exception(broken);
}

}  // namespace sillok
