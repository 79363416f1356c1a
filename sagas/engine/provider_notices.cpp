#include "sagas/engine/provider_notices.hpp"

#include "sagas/engine/interventions.hpp"
#include "sagas/engine/provider_call_keys.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/payments/payment_notice.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

namespace sillok::saga {
namespace {

// The notice's name in the journal.
std::string webhook_name(const ProviderOperation& operation) {
    return "webhook:" + std::string{notice_type(operation)};
}

// Whether the call was approved, if its outcome is known.
std::optional<bool> was_approved(const CallRecord& record, const payment::Payment::State& payment) {
    using Phase = payment::Payment::Phase;
    if (record.outcome) return *record.outcome == Outcome::done;
    if (record.act != Act::authorise_payment) return std::nullopt;
    if (payment.phase == Phase::requested || payment.phase == Phase::unknown) return std::nullopt;
    return payment.phase != Phase::declined;
}

std::string why_ignored(const std::optional<bool>& approved, const ProviderOperation& operation) {
    if (!approved) return "nothing waits for it";
    if (*approved != operation.declined.has_value()) return "the outcome is known already";
    spdlog::warn("the payment provider contradicts itself: {} of order {} was {} before (key {})",
                 notice_type(operation), operation.order.value, *approved ? "approved" : "declined",
                 operation.key.text());
    return "the outcome is known already, and is another one";
}

}  // namespace

std::expected<SagaNoticed, NoticeError> ProviderNotices::process(const SagaNotice& notice,
                                                                 const NoticeReceipt& receipt) {
    try {
        return process_readable(notice, receipt);
    } catch (const StreamUnreadable& error) {
        writer_.discard();
        spdlog::error("a notice for order {} cannot be recorded: {}", notice.operation.order.value, error.what());
        return std::unexpected(NoticeRefused::unreadable);
    }
}

ProviderNotices::Result ProviderNotices::process_readable(const SagaNotice& notice, const NoticeReceipt& receipt) {
    const auto& operation = notice.operation;
    if (store_.find_command(notice.metadata.command_id)) return std::unexpected(NoticeRefused::repeated);
    const auto payment = provider_.payment(operation.order);
    writer_.discard();
    const auto record = find_call(store_, operation.order, operation.key, payment, managers_);
    if (!record || payment.phase == payment::Payment::Phase::absent) return std::unexpected(NoticeRefused::unknown);
    if (const auto mismatch = mismatch_of(operation, record->act, payment)) return std::unexpected(*mismatch);
    // The saga that waits for this response may be another one than the one that made the call: one that undoes it.
    Result result = std::unexpected(NoticeRefused::unreadable);
    for (const auto& manager : managers_) {
        const auto stream = stream_of(*manager.definition, operation.order);
        if (store_.version_of(stream).value == 0) continue;
        const auto request = request_answered_by(instances_.find(manager, stream), operation);
        if (!request) continue;
        executor_.run(stream, [&](Instance& instance, CommitMode) {
            settle(instance, *request, operation);
            result = SagaNoticed{.stream = stream};
            return write(instance, *result, notice, receipt);
        });
        return result;
    }
    executor_.run(record->stream, [&](Instance& instance, CommitMode) {
        auto why = why_ignored(was_approved(*record, payment), operation);
        instance.record(event::Ignored{{}, webhook_name(operation), why});
        result = SagaNoticed{.stream = record->stream, .ignored = std::move(why)};
        return write(instance, *result, notice, receipt);
    });
    return result;
}

// The request that the saga has sent, if the operation is the response to it.
std::optional<ProviderRequest> ProviderNotices::request_answered_by(Instance& instance,
                                                                    const ProviderOperation& operation) {
    const auto intent = answerable_intent(instance.state);
    if (!intent || !is_payment(intent->act)) return std::nullopt;
    if (intent->command_id != operation.key && intent->act == Act::authorise_payment) return std::nullopt;
    auto prepared = provider_.prepare(instance.state, *intent);
    // If preparing decides something now, the request has not been sent yet.
    const bool is_sent = writer_.unit().size() == 0;
    writer_.discard();
    auto* request = std::get_if<ProviderRequest>(&prepared);
    if (!is_sent || request == nullptr || !is_answered_by(*request, operation)) return std::nullopt;
    return std::move(*request);
}

void ProviderNotices::settle(Instance& instance, const ProviderRequest& request, const ProviderOperation& operation) {
    waits_.stop(instance.stream);
    auto result = provider_.record(request, response_of(operation));
    if (!instance.state.parked) {
        steps_.settle(instance, result);
    } else {
        // The notice acts as an operator would. If the query's answer is that the payment was authorised, the undo is
        // another command: the saga retries.
        const bool is_authorised_after_all = result.outcome == Outcome::unknown;
        if (is_authorised_after_all) result = {Outcome::refused, "authorised-after-all", std::move(result.detail)};
        steps_.settle(instance, result);
        const auto verb = is_authorised_after_all ? OperatorAction::retry : OperatorAction::resume;
        if (auto event = intervene(instance.state, {verb, {}, webhook_name(operation), {}}, steps_.context()))
            instance.record(*std::move(event));
    }
    steps_.record_decisions(instance);
}

Written ProviderNotices::write(Instance& instance, SagaNoticed& noticed, const SagaNotice& notice,
                               const NoticeReceipt& receipt) {
    noticed.version = Version{instance.version.value + instance.unwritten.size()};
    Commit commit{.metadata = notice.metadata};
    commit.metadata.correlation_id = instance.correlation;
    commit.metadata.causation_id = instance.causation;
    if (receipt) commit.receipt = receipt(noticed);
    auto written = writer_.write(instance, std::move(commit));
    noticed.position = instance.written;
    return written;
}

}  // namespace sillok::saga
