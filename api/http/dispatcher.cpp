#include "api/http/dispatcher.hpp"

#include "api/backend.hpp"
#include "api/http/header_values.hpp"
#include "api/http/paging.hpp"
#include "eventstore/base/parse_number.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

namespace sillok::api {

namespace {

// The actor of every request, because there is no authentication.
constexpr std::string_view everybody = "operator";

Problem invalid_header(std::string_view name, std::string_view what) {
    return Problem{problems::invalid_header, std::string{name} + ": " + std::string{what}};
}

Problem method_not_allowed(std::string allow) {
    Problem problem{problems::method_not_allowed, "allowed: " + allow};
    problem.headers.emplace_back("Allow", std::move(allow));
    return problem;
}

Problem unsupported_content_coding() {
    Problem problem{problems::unsupported_content_coding, "send the body as it is"};
    problem.headers.emplace_back("Accept-Encoding", "identity");
    return problem;
}

std::expected<void, Problem> check_query(const Route& route, const Target& target) {
    const auto& query = target.query;
    for (auto one = query.begin(); one != query.end(); ++one) {
        if (!takes(route, one->first)) return std::unexpected(invalid_parameter(one->first, "is not known here"));
        if (std::any_of(query.begin(), one, [one](const auto& other) { return other.first == one->first; }))
            return std::unexpected(invalid_parameter(one->first, "is given twice"));
    }
    return {};
}

constexpr std::size_t light_body_bytes_max = 32u << 10;

// Beside what the route says: a long page, and an order of the past, whose streams are read and projected.
bool is_heavy(const Route& route, const Request& request) {
    if (route.work == Work::heavy || request.parameter("asOf")) return true;
    const auto page = page_request(request);
    return page && page->limit > page_limit_default;
}

// Whether the request has a position; where it has none it does not matter which log the client means.
bool has_position(const Request& request) {
    return request.at_least || request.parameter("after") || request.parameter("asOf") || request.parameter("cursor");
}

// A request may say of which log and epoch its positions are: header Sillok-Log, or ?epoch=.
std::expected<void, Problem> check_log(const WireRequest& wire, const Request& request) {
    if (wire.log) {
        const auto named = parse_named_log(*wire.log);
        if (!named)
            return std::unexpected(invalid_header("Sillok-Log", R"(must be as in responses: "log id";epoch=1)"));
        if (const auto same = request.log->check(*named); !same && has_position(request)) return same;
    }
    if (const auto text = request.parameter("epoch")) {
        const auto epoch = parse_number<std::uint64_t>(*text);
        if (!epoch) return std::unexpected(invalid_parameter("epoch", "must be an epoch, as in Sillok-Log"));
        return request.log->check(Epoch{*epoch});
    }
    return {};
}

// Bodies are JSON. A command that needs no body may have none.
std::expected<void, Problem> check_body_type(const WireRequest& wire) {
    if (!wire.has_body) return {};
    if (!wire.content_encoding.empty() && !is_identity(wire.content_encoding))
        return std::unexpected(unsupported_content_coding());
    if (is_command(wire.verb) && !is_json(wire.content_type))
        return std::unexpected(Problem{problems::unsupported_media_type});
    return {};
}

// Whether the head of a message announces a body.
bool announces_body(const RequestMessage& message) {
    const auto length = message[http::field::content_length];
    return message.chunked() || (!length.empty() && length.find_first_not_of('0') != length.npos);
}

// The sender is a program, so the reason is also logged for the operator.
void note_refused(const Route& route, const WireRequest& wire, const Problem& problem) {
    if (route.scope != Scope::provider) return;
    const auto id = wire.webhook_id.substr(0, request_id_length_max);
    spdlog::warn("webhook {} refused: {} {} {}", is_request_id(id) ? id : "without an id", problem.code,
                 problem.errors.empty() ? "" : problem.errors.front().pointer,
                 problem.errors.empty() ? problem.detail : problem.errors.front().detail);
}

Problem problem_of_reading(const Unreadable& why) {
    switch (why.status) {
        case http::status::request_timeout: return Problem{problems::request_timeout, why.detail};
        case http::status::payload_too_large: return Problem{problems::body_too_large, why.detail};
        case http::status::uri_too_long: return Problem{problems::target_too_long, why.detail};
        case http::status::request_header_fields_too_large: return Problem{problems::headers_too_large, why.detail};
        case http::status::not_implemented: return Problem{problems::not_implemented, why.detail};
        default: return Problem{problems::malformed_request, why.detail};
    }
}

RequestNote note_of(const WireRequest& wire, const Uuid& trace) {
    const auto method = http::to_string(wire.verb);
    return {.method = {method.data(), method.size()}, .target = wire.target, .trace_id = trace_text(trace)};
}

// The methods of a path, for Allow.
std::expected<std::string, Problem> methods_of(std::string_view text, Entrance entrance) {
    const auto target = parse_target(text);
    if (!target) return std::unexpected(target.error());
    auto found = match(http::verb::options, target->segments, entrance);
    if (found.allow.empty()) return std::unexpected(Problem{problems::not_found});
    return std::move(found.allow);
}

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

Dispatcher::Dispatcher(Backend& backend, DispatcherOptions options)
    : clock_(backend.clock),
      payments_webhook_(std::move(options.payments_webhook)),
      idempotency_keep_(options.idempotency_keep),
      store_(backend.store),
      log_(backend.store.identity()),
      disk_(backend.disk()),
      freshness_(backend.store, backend.clock),
      upkeep_(backend, options.upkeep),
      resources_(
          Products{backend.products, backend.views->stock(), freshness_, backend.clock},
          Stocks{backend.stock, backend.products, backend.views->stock(), freshness_, backend.clock},
          Orders{backend.orders, backend.products, backend.deliveries, backend.store, backend.views->orders(),
                 backend.views->sagas(), freshness_, backend.sagas, heavy_, backend.clock},
          Deliveries{backend.deliveries, backend.views->deliveries(), freshness_, backend.clock, deliveries_paused_},
          Customers{backend.customers, passwords_, backend.views->notifications(), freshness_, backend.clock},
          LogPages{backend.store, freshness_},
          Health{backend.store, *backend.views, backend.sagas, backend.disk(), upkeep_}, Backups{upkeep_.backups()},
          Breakers{backend.sagas}, Components{backend.sagas, *backend.views, deliveries_paused_},
          Sagas{backend.sagas, backend.views->sagas(), freshness_, backend.clock},
          Webhooks{backend.sagas, backend.clock}, UnreadableEvents{backend.store, backend.clock}) {}

std::optional<ResponseMessage> Dispatcher::refuse(const Unreadable& why, const RequestMessage& message) {
    const auto note = note_of(wire_request(message), clock_.new_id());
    auto response = response_of(problem_of_reading(why), note.occurrence());
    note.say(response);
    return message_of(std::move(response), message, log_);
}

std::optional<ResponseMessage> Dispatcher::refuse_by_head(const RequestMessage& message, Entrance entrance) {
    auto wire = wire_request(message);
    wire.has_body = announces_body(message);
    const auto trace = trace_in(wire.traceparent).value_or(clock_.new_id());
    const auto addressed = address(wire, entrance, trace);
    if (addressed) return std::nullopt;
    const auto note = note_of(wire, trace);
    auto response = response_of(addressed.error(), note.occurrence());
    note.say(response);
    return message_of(std::move(response), message, log_);
}

asio::awaitable<std::optional<ResponseMessage>> Dispatcher::respond(const RequestMessage& message, Entrance entrance) {
    const auto wire = wire_request(message);
    const auto trace = trace_in(wire.traceparent).value_or(clock_.new_id());
    auto note = note_of(wire, trace);
    std::optional<Response> response;
    try {
        auto responding = respond_or_throw(wire, entrance, trace, note);
        if (wire.body.size() > light_body_bytes_max) responding = heavy_.run(std::move(responding));
        response = co_await std::move(responding);
        note.say(*response);
    } catch (const StreamUnreadable& error) {
        response = response_of(problem_of(error.event()), note.occurrence());
        note.say(*response);
    } catch (const std::exception& error) {
        note.say_failed(error.what());
        response = response_of(Problem{problems::internal}, note.occurrence());
    }
    co_return message_of(*std::move(response), message, log_);
}

asio::awaitable<Response> Dispatcher::respond_or_throw(const WireRequest& wire, Entrance entrance, const Uuid& trace,
                                                       RequestNote& note) {
    if (wire.verb == http::verb::options) {
        if (wire.target == "*") co_return Response{.status = 204};
        auto methods = methods_of(wire.target, entrance);
        co_return methods ? Response{.status = 204}.with("Allow", std::move(*methods))
                          : response_of(methods.error(), note.occurrence());
    }
    auto addressed = address(wire, entrance, trace);
    if (!addressed) co_return response_of(addressed.error(), note.occurrence());
    const auto& route = *addressed->route;
    note.route = &route;
    if (const auto identified = identify(route, wire, addressed->request); !identified) {
        note_refused(route, wire, identified.error());
        co_return response_of(identified.error(), note.occurrence());
    }
    auto responding = run(route, wire, std::move(addressed->request));
    co_return co_await std::move(responding);
}

std::expected<Dispatcher::Addressed, Problem> Dispatcher::address(const WireRequest& wire, Entrance entrance,
                                                                  const Uuid& trace) const {
    if (wire.verb == http::verb::connect)
        return std::unexpected(Problem{problems::not_implemented, "CONNECT: this is not a proxy"});
    auto target = parse_target(wire.target);
    if (!target) return std::unexpected(target.error());
    auto found = match(wire.verb, target->segments, entrance);
    if (found.allow.empty()) return std::unexpected(Problem{problems::not_found});
    if (!found.route) return std::unexpected(method_not_allowed(std::move(found.allow)));
    const auto& route = *found.route;
    auto request = read(wire, route, std::move(*target), std::move(found.ids), trace);
    if (!request) {
        note_refused(route, wire, request.error());
        return std::unexpected(request.error());
    }
    return Addressed{&route, std::move(*request)};
}

std::expected<Request, Problem> Dispatcher::read(const WireRequest& wire, const Route& route, Target target,
                                                 std::vector<std::string> ids, const Uuid& trace) const {
    if (const auto known = check_query(route, target); !known) return std::unexpected(known.error());
    if (wire.expect && !is_continue(*wire.expect))
        return std::unexpected(Problem{problems::expectation_failed, "only 100-continue can be met"});
    Request request{.verb = wire.verb,
                    .target = std::string{wire.target},
                    .path = std::move(target.path),
                    .ids = std::move(ids),
                    .query = std::move(target.query),
                    .body = wire.body,
                    .if_none_match = wire.if_none_match.value_or(""),
                    .log = &log_,
                    .wait = wait_in(wire.prefer),
                    .at_least = {},
                    .if_match = {},
                    .actor = std::string{everybody},
                    .trace = trace,
                    .command_id = {},
                    .remember = {}};
    if (wire.at_least) {
        const auto position = parse_number<std::uint64_t>(*wire.at_least);
        if (!position) return std::unexpected(invalid_header("Sillok-At-Least", "must be a position"));
        request.at_least = Position{*position};
    }
    if (const auto checked = check_log(wire, request); !checked) return std::unexpected(checked.error());
    if (const auto type = check_body_type(wire); !type) return std::unexpected(type.error());
    if (is_command(wire.verb) && wire.if_none_match)
        return std::unexpected(invalid_header("If-None-Match", "is for queries; a command takes If-Match"));
    if (!is_command(wire.verb) || !wire.if_match || has_any(*wire.if_match)) return request;
    request.if_match = versions_in(*wire.if_match);
    if (request.if_match.empty())
        return std::unexpected(Problem{problems::precondition_failed, "If-Match has no ETag of this resource"});
    return request;
}

std::expected<void, Problem> Dispatcher::identify(const Route& route, const WireRequest& wire, Request& request) const {
    if (route.scope == Scope::provider) {
        if (const auto refused = webhook_refused(payments_webhook_, wire, wall_.now()))
            return std::unexpected(*refused);
        request.actor = payment_provider;
        request.command_id = command_id_of_webhook(wire.webhook_id);
        request.remember = {fingerprint_of(wire.webhook_id, wire.verb, wire.target, wire.body), clock_.now()};
        return {};
    }
    request.command_id = clock_.new_id();
    if (!is_command(wire.verb) || !wire.idempotency_key) return {};
    const auto key = idempotency_key_in(*wire.idempotency_key);
    if (!key)
        return std::unexpected(
            invalid_header("Idempotency-Key", "must be 1 to 255 printable characters, in two quotes or without any"));
    request.command_id = command_id_of(request.actor, *key);
    request.remember = {fingerprint_of(*key, wire.verb, wire.target, wire.body), clock_.now()};
    return {};
}

std::optional<KnownCommand> Dispatcher::kept(Request& request) const {
    const auto is_kept = [&](const KnownCommand& known) {
        if (known.receipt.empty()) return false;  // it has left the disk
        auto time = kept_at(known);
        // An older program did not say when. It also kept refusals of the moment, which have no event.
        if (!time && known.events == 0) return false;
        if (!time)
            if (const auto events = store_.read_log(Position{known.first.value - 1}, 1); !events.empty())
                time = events.front().time;
        return !time || request.remember->time.value - time->value < idempotency_keep_.count();
    };
    while (true) {
        auto known = store_.find_command(request.command_id);
        if (!known || is_kept(*known)) return known;
        request.command_id = command_id_after(request.command_id);
    }
}

asio::awaitable<Response> Dispatcher::run(const Route& route, const WireRequest& wire, Request request) {
    const auto trace_id = trace_text(request.trace);
    const Occurrence occurrence{.instance = request.path, .trace_id = trace_id};

    const auto ticket = request.remember ? in_flight_.enter(request.command_id) : std::nullopt;
    if (request.remember) {
        if (!ticket) co_return response_of(Problem{problems::key_in_flight}, occurrence);
        if (const auto known = kept(request)) {
            // After a disk failure the known command may not be durable.
            if (!store_.accepting()) co_return response_of(problem_of(errc::log_unavailable), occurrence);
            auto first = replay(*known, *request.remember);
            co_return first ? std::move(*first) : response_of(first.error(), occurrence);
        }
    }

    if (route.room == Room::enough && disk_ != nullptr && disk_->is_low())
        co_return response_of(Problem{problems::disk_low, "existing orders go on"}, occurrence);
    auto handling = route.handler(resources_, request);
    if (is_heavy(route, request)) handling = heavy_.run(std::move(handling));
    auto result = co_await std::move(handling);
    if (!result) note_refused(route, wire, result.error());
    auto response = result ? std::move(*result) : response_of(result.error(), occurrence);
    if (!is_command(wire.verb)) {
        if (result) apply_if_none_match(request, response);
        co_return response;
    }
    if (!result && result.error().decided) response.position = store_.head();
    const bool is_final = result ? !response.is_kept : result.error().lasting;
    if (request.remember && is_final && route.scope != Scope::provider) co_await remember(request, response);
    co_return response;
}

asio::awaitable<void> Dispatcher::remember(const Request& request, const Response& response) {
    Commit commit{.metadata = request.context(clock_).metadata,
                  .appends = {},
                  .receipt = receipt_of(response, *request.remember)};
    auto keeping = store_.append(std::move(commit));
    // Where it fails the response is true all the same: it says what is wrong with the request, or what was done.
    const auto kept = co_await std::move(keeping);
    if (!kept)
        spdlog::warn("{}: the response to an idempotency key is not kept: {}", request.path, name(kept.error().code));
}

}  // namespace sillok::api
