#include "api/http/dispatcher.hpp"

#include "api/backend.hpp"
#include "api/http/header_values.hpp"
#include "eventstore/base/parse_number.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

#include <spdlog/spdlog.h>

#include <exception>

namespace sillok::api {

namespace {

// The actor of every request, because there is no authentication.
constexpr std::string_view everybody = "operator";

Problem invalid_header(std::string_view name, std::string_view what) {
    return Problem{problems::invalid_header, std::string{name} + ": " + std::string{what}};
}

// Bodies are JSON. A command that needs no body may have none.
bool has_other_body(const WireRequest& wire) { return !wire.body.empty() && !is_json(wire.content_type); }

// The sender is a program, so the reason is also logged for the operator.
void note_refused(const Route& route, const WireRequest& wire, const Problem& problem) {
    if (route.scope != Scope::provider) return;
    const auto id = wire.webhook_id.substr(0, request_id_length_max);
    spdlog::warn("webhook {} refused: {} {} {}", is_request_id(id) ? id : "without an id", problem.code,
                 problem.errors.empty() ? "" : problem.errors.front().pointer,
                 problem.errors.empty() ? problem.detail : problem.errors.front().detail);
}

Problem problem_of_reading(const boost::system::error_code& reason) {
    if (reason == asio::error::timed_out) return Problem{problems::request_timeout};
    if (reason == http::error::body_limit) return Problem{problems::body_too_large};
    if (reason == http::error::header_limit) return Problem{problems::headers_too_large};
    return Problem{problems::malformed_request, reason.message()};
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// 304 if the client has this representation already.
void apply_if_none_match(const Request& request, Response& response) {
    if (request.if_none_match.empty() || response.status != 200) return;
    for (const auto& [name, value] : response.headers) {
        if (name != "ETag" || !holds(request.if_none_match, value)) continue;
        response.status = 304;
        response.content_type.clear();
        response.body.clear();
        return;
    }
}

}  // namespace

Dispatcher::Dispatcher(Backend& backend, WebhookSecrets payments_webhook)
    : clock_(backend.clock),
      payments_webhook_(std::move(payments_webhook)),
      store_(backend.store),
      freshness_(backend.store, backend.clock),
      backups_(backend),
      resources_(
          Products{backend.products, backend.views->stock(), freshness_, backend.clock},
          Stocks{backend.stock, backend.products, backend.views->stock(), freshness_, backend.clock},
          Orders{backend.orders, backend.products, backend.store, backend.views->orders(), backend.views->sagas(),
                 freshness_, backend.sagas, backend.clock},
          Deliveries{backend.deliveries, backend.views->deliveries(), freshness_, backend.clock, deliveries_paused_},
          Customers{backend.customers, passwords_, backend.views->notifications(), freshness_, backend.clock},
          LogPages{backend.store, freshness_}, Health{backend.store, *backend.views, backend.sagas}, Backups{backups_},
          Breakers{backend.sagas}, Components{backend.sagas, *backend.views, deliveries_paused_},
          Sagas{backend.sagas, backend.views->sagas(), freshness_, backend.clock},
          Webhooks{backend.sagas, backend.clock}) {}

std::optional<ResponseMessage> Dispatcher::refuse(const boost::system::error_code& reason,
                                                  const RequestMessage& request) {
    const auto trace_id = trace_text(clock_.new_id());
    return message_of(response_of(problem_of_reading(reason),
                                  {.instance = path_of(wire_request(request).target), .trace_id = trace_id}),
                      request);
}

asio::awaitable<std::optional<ResponseMessage>> Dispatcher::respond(const RequestMessage& message) {
    const auto wire = wire_request(message);
    const auto trace = trace_in(wire.traceparent).value_or(clock_.new_id());
    const auto trace_id = trace_text(trace);
    const Occurrence occurrence{.instance = path_of(wire.target), .trace_id = trace_id};
    try {
        auto responding = respond_or_throw(wire, trace, occurrence);
        auto response = co_await std::move(responding);
        co_return message_of(std::move(response), message);
    } catch (const std::exception& error) {
        spdlog::error("{} failed: {} (trace {})", wire.target, error.what(), trace_id);
    }
    co_return message_of(response_of(Problem{problems::internal}, occurrence), message);
}

asio::awaitable<Response> Dispatcher::respond_or_throw(const WireRequest& wire, const Uuid& trace,
                                                       const Occurrence& occurrence) {
    if (wire.verb == http::verb::options && wire.target == "*") co_return Response{.status = 204};

    auto target = parse_target(wire.target);
    if (!target) co_return response_of(target.error(), occurrence);
    auto found = match(wire.verb, target->segments);
    if (found.allow.empty()) co_return response_of(Problem{problems::not_found}, occurrence);
    if (wire.verb == http::verb::options) co_return Response{.status = 204}.with("Allow", found.allow);
    if (!found.route) {
        Problem problem{problems::method_not_allowed, "allowed: " + found.allow};
        problem.allow = found.allow;
        co_return response_of(problem, occurrence);
    }
    const auto& route = *found.route;
    auto request = read(wire, std::move(*target), std::move(found), trace);
    if (!request) {
        note_refused(route, wire, request.error());
        co_return response_of(request.error(), occurrence);
    }
    auto responding = run(route, wire, std::move(*request));
    co_return co_await std::move(responding);
}

std::expected<Request, Problem> Dispatcher::read(const WireRequest& wire, Target target, Match found,
                                                 const Uuid& trace) const {
    const auto* route = found.route;
    Request request{.verb = wire.verb,
                    .target = std::string{wire.target},
                    .path = std::move(target.path),
                    .ids = std::move(found.ids),
                    .query = std::move(target.query),
                    .body = wire.body,
                    .if_none_match = wire.if_none_match,
                    .wait = wait_in(wire.prefer),
                    .at_least = {},
                    .if_match = {},
                    .actor = std::string{everybody},
                    .trace = trace,
                    .command_id = {},
                    .remember = {}};
    if (!wire.at_least.empty()) {
        const auto position = parse_number<std::uint64_t>(wire.at_least);
        if (!position) return std::unexpected(invalid_header("Sillok-At-Least", "must be a position"));
        request.at_least = Position{*position};
    }
    if (!is_command(wire.verb)) return request;

    if (has_other_body(wire)) return std::unexpected(Problem{problems::unsupported_media_type});
    if (!wire.if_match.empty() && wire.if_match != "*") {
        request.if_match = version_in(wire.if_match);
        if (!request.if_match)
            return std::unexpected(Problem{problems::precondition_failed, "If-Match is not an ETag of this resource"});
    }
    if (auto identified = identify(*route, wire, request); !identified) return std::unexpected(identified.error());
    return request;
}

std::expected<void, Problem> Dispatcher::identify(const Route& route, const WireRequest& wire, Request& request) const {
    if (route.scope == Scope::provider) {
        if (const auto refused = webhook_refused(payments_webhook_, wire, clock_.now()))
            return std::unexpected(*refused);
        request.actor = payment_provider;
        request.command_id = command_id_of_webhook(wire.webhook_id);
        request.remember = fingerprint_of(wire.webhook_id, wire.verb, wire.target, wire.body);
        return {};
    }
    request.command_id = clock_.new_id();
    if (wire.verb != http::verb::post || wire.idempotency_key.empty()) return {};
    const auto key = idempotency_key_in(wire.idempotency_key);
    if (!key) return std::unexpected(invalid_header("Idempotency-Key", "must be 1 to 255 printable characters"));
    request.command_id = command_id_of(request.actor, *key);
    request.remember = fingerprint_of(*key, wire.verb, wire.target, wire.body);
    return {};
}

asio::awaitable<Response> Dispatcher::run(const Route& route, const WireRequest& wire, Request request) {
    const auto trace_id = trace_text(request.trace);
    const Occurrence occurrence{.instance = request.path, .trace_id = trace_id};

    const auto ticket = request.remember ? in_flight_.enter(request.command_id) : std::nullopt;
    if (request.remember) {
        if (!ticket) co_return response_of(Problem{problems::key_in_flight}, occurrence);
        if (const auto known = store_.find_command(request.command_id)) {
            // After a disk failure the known command may not be durable.
            if (!store_.accepting()) co_return response_of(problem_of(errc::log_unavailable), occurrence);
            auto first = replay(*known, *request.remember);
            co_return first ? std::move(*first) : response_of(first.error(), occurrence);
        }
    }

    auto result = co_await route.handler(resources_, request);
    if (result) {
        if (!is_command(wire.verb)) apply_if_none_match(request, *result);
        co_return std::move(*result);
    }
    note_refused(route, wire, result.error());
    auto response = response_of(result.error(), occurrence);
    if (is_command(wire.verb) && result.error().decided) {
        response.position = store_.head();
        if (request.remember) {
            auto kept = co_await remember(request, response);
            if (!kept) co_return response_of(kept.error(), occurrence);
        }
    }
    co_return response;
}

asio::awaitable<std::expected<void, Problem>> Dispatcher::remember(const Request& request, const Response& response) {
    Commit commit{.metadata = request.context(clock_).metadata,
                  .appends = {},
                  .receipt = receipt_of(response, *request.remember)};
    auto keeping = store_.append(std::move(commit));
    const auto kept = co_await std::move(keeping);
    if (!kept) co_return std::unexpected(problem_of(kept.error().code));
    co_return std::expected<void, Problem>{};
}

}  // namespace sillok::api
