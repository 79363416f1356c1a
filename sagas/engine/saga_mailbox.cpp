#include "sagas/engine/saga_mailbox.hpp"

#include <exception>
#include <utility>

namespace sillok::saga {

template <class Result, class Apply>
asio::awaitable<Result> SagaMailbox::durably(Apply apply) {
    if (!owner_.is_running()) co_return std::unexpected(errc::closed);
    Result result = std::unexpected(errc::log_unavailable);
    try {
        result = apply();
    } catch (const std::exception& error) {
        owner_.halt(error.what());
    }
    if (!result) co_return result;
    const auto durable = co_await store_.durable(result->position);
    if (!durable) co_return std::unexpected(durable.error());
    co_return result;
}

asio::awaitable<std::expected<SagaIntervened, InterventionError>> SagaMailbox::intervene(
    SagaIntervention intervention) {
    using Result = std::expected<SagaIntervened, InterventionError>;
    auto applying = durably<Result>([&] { return engine_.on_operator_action(intervention); });
    auto result = co_await std::move(applying);
    if (result && result->event.verb != OperatorAction::annotate) follow_up(intervention.stream);
    co_return result;
}

asio::awaitable<std::expected<SagaNoticed, NoticeError>> SagaMailbox::notice(SagaNotice notice, NoticeReceipt receipt) {
    using Result = std::expected<SagaNoticed, NoticeError>;
    auto applying = durably<Result>([&] { return engine_.on_provider_notice(notice, receipt); });
    auto result = co_await std::move(applying);
    if (result && result->ignored.empty()) follow_up(result->stream);
    co_return result;
}

// The commands that follow from the action are carried out at the next timer.
void SagaMailbox::follow_up(const std::string& stream) {
    engine_.follow_up(stream);
    owner_.arm_timer();
}

}  // namespace sillok::saga
