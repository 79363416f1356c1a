// Takes each request through the API: finds its route, reads its headers, repeats the stored response of a repeated
// request or calls the handler, and turns problems into responses. An exception becomes a 500.
//
// Threads: any thread may call any member.
#pragma once

#include "api/disk_watch.hpp"
#include "api/handlers/freshness.hpp"
#include "api/http/heavy_work.hpp"
#include "api/http/request.hpp"
#include "api/http/request_note.hpp"
#include "api/http/responder.hpp"
#include "api/http/response.hpp"
#include "api/http/wire.hpp"
#include "api/idempotency.hpp"
#include "api/passwords.hpp"
#include "api/routes.hpp"
#include "api/upkeep.hpp"
#include "sagas/payments/standard_webhook.hpp"

#include <atomic>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace sillok {
class Backend;
}

namespace sillok::api {

struct DispatcherOptions {
    WebhookSecrets payments_webhook{};  // of the payment provider. Without one its messages are refused.
    std::chrono::milliseconds idempotency_keep = std::chrono::hours{24};  // how long responses are repeated
    UpkeepOptions upkeep{};
};

class Dispatcher {
   public:
    // REQUIRES: the backend outlives it.
    Dispatcher(Backend& backend, DispatcherOptions options);
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    // As Responder says (responder.hpp), for a listener that serves the routes of `entrance`.
    asio::awaitable<std::optional<ResponseMessage>> respond(const RequestMessage& message, Entrance entrance);
    std::optional<ResponseMessage> refuse_by_head(const RequestMessage& message, Entrance entrance);
    std::optional<ResponseMessage> refuse(const Unreadable& why, const RequestMessage& message);

    // Requests that wait for a position to be visible, or for a backup, get their response now.
    void stop_waiting() {
        freshness_.stop_waiting();
        upkeep_.stop();
    }

   private:
    asio::awaitable<Response> respond_or_throw(const WireRequest& wire, Entrance entrance, const Uuid& trace,
                                               RequestNote& note);
    asio::awaitable<Response> run(const Route& route, const WireRequest& wire, Request request);
    // The kept response to a request with an idempotency key. Where the last one is no longer kept, the request gets
    // the command id of the key's next use. REQUIRES: request.remember.
    std::optional<KnownCommand> kept(Request& request) const;
    // Stores the response to a command without events under its idempotency key, in a commit of its own.
    asio::awaitable<void> remember(const Request& request, const Response& response);

    // What the head says: the route, and the request without its identity.
    struct Addressed {
        const Route* route;
        Request request;
    };
    std::expected<Addressed, Problem> address(const WireRequest& wire, Entrance entrance, const Uuid& trace) const;
    std::expected<Request, Problem> read(const WireRequest& wire, const Route& route, Target target,
                                         std::vector<std::string> ids, const Uuid& trace) const;
    // Sets the command id and the fingerprint: from the idempotency key, or from the webhook-id.
    std::expected<void, Problem> identify(const Route& route, const WireRequest& wire, Request& request) const;

    const Clock& clock_;
    const SystemClock wall_{};  // for the timestamps of others, who have no other clock
    const WebhookSecrets payments_webhook_;
    const std::chrono::milliseconds idempotency_keep_;
    EventStore& store_;
    const LogStamp log_;
    const DiskWatch* const disk_;  // null: the log is in memory
    Freshness freshness_;
    PasswordHashing passwords_;
    Upkeep upkeep_;
    InFlight in_flight_;
    HeavyWork heavy_;
    std::atomic<bool> deliveries_paused_ = false;
    Resources resources_;  // last: they refer to the members above
};

// The dispatcher as one listener sees it.
class EntranceResponder final : public Responder {
   public:
    // REQUIRES: the dispatcher outlives it.
    EntranceResponder(Dispatcher& dispatcher, Entrance entrance) : dispatcher_(dispatcher), entrance_(entrance) {}

    asio::awaitable<std::optional<ResponseMessage>> respond(const RequestMessage& message) override {
        return dispatcher_.respond(message, entrance_);
    }
    std::optional<ResponseMessage> refuse_by_head(const RequestMessage& message) override {
        return dispatcher_.refuse_by_head(message, entrance_);
    }
    std::optional<ResponseMessage> refuse(const Unreadable& why, const RequestMessage& message) override {
        return dispatcher_.refuse(why, message);
    }

   private:
    Dispatcher& dispatcher_;
    const Entrance entrance_;
};

}  // namespace sillok::api
