#include "sagas/engine/saga_executor.hpp"

#include "eventstore/base/assertion.hpp"
#include "sagas/engine/saga_errors.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace sillok::saga {
namespace {

constexpr int attempts_max = 8;

}  // namespace

void SagaExecutor::run_until_written(const std::string& stream, const Recorded* trigger, const Task& task) {
    auto mode = CommitMode::together;
    for (int number = 1;; ++number) {
        const auto once = [&]() -> Written {
            auto written = task(find(stream), mode);
            // A part may have been written by an earlier attempt. Then the work itself finds nothing to do.
            if (written && number > 1) written = steps_.advance(find(stream), mode);
            return written;
        };
        const auto failure = attempt(std::ref(once));
        if (!failure) return;
        const bool was_overtaken = failure->cause == Failure::Cause::overtaken;
        if (was_overtaken ? number == attempts_max : mode == CommitMode::one_by_one)
            return park(stream, failure->cause == Failure::Cause::unreadable ? nullptr : trigger, failure->why);
        if (!was_overtaken) mode = CommitMode::one_by_one;
        reload(stream);
    }
}

std::optional<std::string> SagaExecutor::run_once(const std::string& stream, const Task& task) {
    auto failure = attempt([&] { return task(find(stream), CommitMode::together); });
    if (!failure) return std::nullopt;
    reload(stream);
    return std::move(failure->why);
}

// Returns why the work was not written. Only here does an exception become a failure of one saga.
std::optional<SagaExecutor::Failure> SagaExecutor::attempt(const std::function<Written()>& task) {
    std::optional<Failure> failure;
    try {
        const auto written = task();
        SILLOK_ASSERT(!written || writer_.unit().size() == 0);
        if (!written && written.error() == WriteError::log_unavailable) throw LogUnavailable("the log is unavailable");
        if (!written) failure = {Failure::Cause::overtaken, "others write past the processors all the time"};
    } catch (const StorageError&) {
        writer_.discard();
        throw;
    } catch (const StreamUnreadable& error) {
        failure = {Failure::Cause::unreadable, fmt::format("{}: {}", event_unreadable_code, error.what())};
    } catch (const std::exception& error) {
        failure = {Failure::Cause::other, error.what()};
    }
    writer_.discard();
    return failure;
}

// REQUIRES: a journal's name.
Instance& SagaExecutor::find(const std::string& stream) {
    return instances_.find(*manager_of(stream, managers_), stream);
}

// Forgets the instance, so that it is read again as the log has it.
void SagaExecutor::reload(const std::string& stream) {
    const auto* instance = instances_.in_memory(stream);
    if (instance != nullptr && instance->written.value != 0 && !store_.wait_durable(instance->written))
        throw LogUnavailable("the log ended");
    instances_.forget(stream);
}

void SagaExecutor::park(const std::string& stream, const Recorded* trigger, const std::string& why) {
    spdlog::error("{} is parked: {}", stream, why);
    const auto failure = attempt([&] { return write_parked(stream, trigger, why); });
    if (!failure) return;
    spdlog::error("{} could not be parked: {}", stream, failure->why);
    instances_.forget(stream);
}

// A trigger that is recorded as ignored is not offered again.
Written SagaExecutor::write_parked(const std::string& stream, const Recorded* ignored, const std::string& why) {
    Instance instance{stream, manager_of(stream, managers_)};
    const auto* known = instances_.in_memory(stream);
    instance.version = known == nullptr ? store_.version_of(stream) : known->version;
    bool is_parked = known_.parked.contains(stream);
    event::Parked parked{{}, why};
    if (known != nullptr) {
        instance.correlation = known->correlation;
        instance.causation = known->causation;
        // What is known may be behind: it follows the durable log.
        if (known->unwritten.empty()) is_parked = known->state.parked;
        if (const auto current = current_step(known->state); current && is_unreadable(why))
            parked.step = step_at(known->state, current->step).name;
    }
    const bool is_recorded = ignored != nullptr && known != nullptr && known->unwritten.empty() &&
                             known->state.last_trigger >= ignored->position;
    instances_.forget(stream);
    if (ignored != nullptr && !is_recorded) {
        instance.correlation = ignored->correlation_id;
        instance.causation = ignored->event_id;
        instance.unwritten.emplace_back(event::Ignored{ignored->position, std::string{ignored->type}, why});
    }
    if (!is_parked) instance.unwritten.emplace_back(std::move(parked));
    if (instance.unwritten.empty()) return {};
    // The instance is read from the disk the next time, so its journal must be durable by then.
    const auto written = writer_.write(instance);
    if (written && !store_.wait_durable(instance.written)) return std::unexpected(WriteError::log_unavailable);
    return written;
}

}  // namespace sillok::saga
