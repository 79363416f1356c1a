#include "api/handlers/unreadable_events.hpp"

#include "aggregates/event_skipping.hpp"
#include "api/http/json.hpp"
#include "api/http/json_body.hpp"
#include "api/idempotency.hpp"
#include "eventstore/base/parse_number.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sillok::api {

namespace {

constexpr Length reason_required{1, 1'000};
constexpr Length stream_required{1, 255};

std::optional<Position> position_of(std::string_view segment) {
    const auto number = parse_number<std::uint64_t>(segment);
    return number ? std::optional{Position{*number}} : std::nullopt;
}

Response response_of(const std::string& stream, const EventSkipped& event) {
    return json_response(200, {{"position", event.position.value},
                               {"stream", stream},
                               {"type", event.type},
                               {"verb", "skip"},
                               {"reason", event.reason}});
}

ProblemKind kind_of(SkipRefused why) {
    switch (why) {
        case SkipRefused::not_in_stream: return problems::event_unknown;
        case SkipRefused::not_an_aggregate:
        case SkipRefused::built_upon: return problems::event_not_skippable;
        case SkipRefused::readable: return problems::event_readable;
    }
    return problems::internal;
}

Problem problem_of(const SkipError& error) {
    if (const auto* why = std::get_if<SkipRefused>(&error)) return Problem{kind_of(*why)};
    if (const auto* earlier = std::get_if<UnreadableEvent>(&error)) return api::problem_of(*earlier);
    return api::problem_of(CommandError{std::get<AppendError>(error)});
}

}  // namespace

ResponseTask UnreadableEvents::skip(const Request& request) {
    const auto position = position_of(request.ids[0]);
    if (!position) co_return std::unexpected(Problem{problems::event_unknown});
    SkipRequest asked{.stream = {}, .position = *position, .reason = {}, .metadata = request.context(clock_).metadata};
    const auto wrong = read_body(request.body, [&](ObjectReader& body, BodyErrors&) {
        asked.stream = body.text("stream", stream_required);
        asked.reason = body.text("reason", reason_required);
    });
    if (wrong) co_return std::unexpected(*wrong);
    const auto stream = asked.stream;
    if (request.remember)
        asked.receipt = [&](const EventSkipped& event) {
            return receipt_of(response_of(stream, event), *request.remember);
        };
    auto skipping = skip_event(store_, std::move(asked));
    const auto skipped = co_await std::move(skipping);
    if (!skipped) co_return std::unexpected(problem_of(skipped.error()));
    auto response = response_of(stream, skipped->event);
    response.position = skipped->position;
    response.is_kept = !skipped->repeated;
    co_return response;
}

}  // namespace sillok::api
