// The API's HTTP server: a listener whose sessions ask the dispatcher, and, if wanted, a second one for administration.
// Responses are decided in routes.cpp and in the handlers.
//
// Stop:    requests that wait for a read model get their response now; then as listener.hpp says. The listener for
//          administration stops last, so that health can be asked until the end.
// Threads: as in listener.hpp. Each listener has threads of its own.
#pragma once

#include "api/http/dispatcher.hpp"
#include "api/http/listener.hpp"
#include "sagas/payments/standard_webhook.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

namespace sillok {
class Backend;
}

namespace sillok::api {

struct ServerOptions {
    ListenerOptions listener{};
    std::optional<ListenerOptions> admin{};  // health and /v1/admin are served there alone
    WebhookSecrets payments_webhook{};       // as in DispatcherOptions
    std::chrono::milliseconds idempotency_keep = DispatcherOptions{}.idempotency_keep;
    UpkeepOptions upkeep{};
};

// The ports of the options, taken before there is a server.
struct ServerPorts {
    explicit ServerPorts(const ServerOptions& options)
        : listener(std::in_place, options.listener.address, options.listener.port) {
        if (options.admin) admin.emplace(options.admin->address, options.admin->port);
    }
    ServerPorts() = default;  // none taken yet

    std::optional<BoundPort> listener{};
    std::optional<BoundPort> admin{};
};

class Server {
   public:
    // Listens from here on; responds once run() is called. Throws std::runtime_error with a sentence where it cannot
    // listen. REQUIRES: the backend outlives the server; `ports` are those of the options, or none.
    Server(Backend& backend, ServerOptions options, ServerPorts ports = {})
        : dispatcher_(backend, {std::move(options.payments_webhook), options.idempotency_keep, options.upkeep}),
          public_responder_(dispatcher_, options.admin ? Entrance::public_only : Entrance::everything),
          admin_responder_(dispatcher_, Entrance::admin_only),
          listener_(public_responder_, std::move(options.listener), std::move(ports.listener)) {
        if (options.admin) admin_.emplace(admin_responder_, std::move(*options.admin), std::move(ports.admin));
    }

    // Returns when it has been stopped and the last response is out. Call once.
    void run() {
        std::jthread admin;
        if (admin_) admin = std::jthread{[this] { admin_->run(); }};
        try {
            listener_.run();
        } catch (...) {
            if (admin_) admin_->stop_at_once();
            throw;
        }
        if (admin_) admin_->stop();
    }
    void stop() {
        listener_.stop();
        dispatcher_.stop_waiting();
    }

    [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
    // Open connections of the public listener.
    [[nodiscard]] std::size_t connections() { return listener_.connections(); }
    // REQUIRES: there is a listener for administration.
    [[nodiscard]] std::uint16_t admin_port() const { return admin_->port(); }

   private:
    Dispatcher dispatcher_;
    EntranceResponder public_responder_;
    EntranceResponder admin_responder_;
    Listener listener_;
    std::optional<Listener> admin_;
};

}  // namespace sillok::api
