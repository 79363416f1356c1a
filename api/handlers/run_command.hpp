// Executes a request's command and renders the response from the aggregate's state after it. With an idempotency key
// the response is stored in the commit of the command's events (idempotency.hpp).
#pragma once

#include "aggregates/command_processor.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "api/idempotency.hpp"

#include <utility>

namespace sillok::api {

// `render` makes a Response from (const State&, Version). It must not do I/O: the aggregate is locked meanwhile.
// REQUIRES: processor and request outlive the coroutine.
template <Decider D, class Render>
asio::awaitable<Result> run_command(CommandProcessor<D>& processor, const Request& request, CommandContext context,
                                    typename D::Id id, typename D::Command command, Render render) {
    Response response;
    typename CommandProcessor<D>::Receipt receipt = [&](const typename D::State& state, Version version) {
        response = render(state, version);
        return request.remember ? receipt_of(response, *request.remember) : std::string{};
    };
    auto executing = processor.execute(std::move(id), std::move(command), std::move(context), std::move(receipt));
    auto accepted = co_await std::move(executing);
    if (!accepted) co_return std::unexpected(problem_of(accepted.error()));
    if (accepted->repeated && request.remember) {
        const KnownCommand known{.first = accepted->position, .events = 1, .receipt = accepted->receipt};
        co_return replay(known, *request.remember);
    }
    response.position = accepted->position;
    response.is_kept = true;
    co_return response;
}

}  // namespace sillok::api
