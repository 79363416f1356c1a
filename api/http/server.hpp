// The API's HTTP server: a listener whose sessions ask the dispatcher. Responses are decided in routes.cpp and in the
// handlers.
//
// Stop:    requests that wait for a read model get their response now; then as listener.hpp says.
// Threads: as in listener.hpp.
#pragma once

#include "api/http/dispatcher.hpp"
#include "api/http/listener.hpp"
#include "sagas/payments/standard_webhook.hpp"

#include <cstdint>
#include <utility>

namespace sillok {
class Backend;
}

namespace sillok::api {

struct ServerOptions {
    ListenerOptions listener{};
    WebhookSecrets payments_webhook{};  // of the payment provider. Without one its messages are refused.
};

class Server {
   public:
    // Listens from here on; responds once run() is called. Throws std::runtime_error with a sentence where it cannot
    // listen. REQUIRES: the backend outlives the server.
    Server(Backend& backend, ServerOptions options)
        : dispatcher_(backend, std::move(options.payments_webhook)),
          listener_(dispatcher_, std::move(options.listener)) {}

    // Returns when it has been stopped and the last response is out. Call once.
    void run() { listener_.run(); }
    void stop() {
        listener_.stop();
        dispatcher_.stop_waiting();
    }

    [[nodiscard]] std::uint16_t port() const { return listener_.port(); }

   private:
    Dispatcher dispatcher_;
    Listener listener_;
};

}  // namespace sillok::api
