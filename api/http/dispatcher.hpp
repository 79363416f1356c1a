// Every request's way: find its route, read its headers, give the first answer again or let the handler
// answer, and say what is wrong where something is. Nothing of a request leaves this as an exception.
//
// Threads: any thread may call any member.
#pragma once

#include "api/backup_worker.hpp"
#include "api/handlers/freshness.hpp"
#include "api/http/request.hpp"
#include "api/http/responder.hpp"
#include "api/http/response.hpp"
#include "api/http/wire.hpp"
#include "api/idempotency.hpp"
#include "api/passwords.hpp"
#include "api/routes.hpp"
#include "sagas/payments/standard_webhook.hpp"

#include <atomic>
#include <expected>
#include <optional>

namespace sillok {
class Backend;
}

namespace sillok::api {

class Dispatcher final : public Responder {
   public:
    // REQUIRES: the backend outlives it.
    Dispatcher(Backend& backend, WebhookSecrets payments_webhook);

    asio::awaitable<std::optional<ResponseMessage>> respond(const RequestMessage& message) override;
    std::optional<ResponseMessage> refuse(const boost::system::error_code& reason,
                                          const RequestMessage& request) override;

    // Requests that wait for a position to be visible, or for a backup, get their response now.
    void stop_waiting() {
        freshness_.stop_waiting();
        backups_.stop();
    }

   private:
    asio::awaitable<Response> respond_or_throw(const WireRequest& wire, const Uuid& trace,
                                               const Occurrence& occurrence);
    asio::awaitable<Response> run(const Route& route, const WireRequest& wire, Request request);
    // Keeps a refusal under its idempotency key, as a commit of its own.
    asio::awaitable<std::expected<void, Problem>> remember(const Request& request, const Response& answer);
    // REQUIRES: found.route.
    std::expected<Request, Problem> read(const WireRequest& wire, Target target, Match found, const Uuid& trace) const;

    // What a request is kept under: from its idempotency key, or for a webhook from its own name.
    std::expected<void, Problem> identify(const Route& route, const WireRequest& wire, Request& request) const;

    const Clock& clock_;
    const WebhookSecrets payments_webhook_;
    EventStore& store_;
    Freshness freshness_;
    PasswordHashing passwords_;
    BackupWorker backups_;
    InFlight in_flight_;
    std::atomic<bool> deliveries_paused_ = false;
    Resources resources_;  // last: they refer to all of the above
};

}  // namespace sillok::api
